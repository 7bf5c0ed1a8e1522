//! Draws egui's meshes into an image on the CPU, so that pictures of the interface need neither a GPU nor a display.
//!
//! Not a general rasteriser: glyphs and fills of axis-parallel rectangles, which are nearly all of what egui makes, are
//! copied row by row; every other triangle is cut into spans. Texels are not interpolated, because egui rasterises glyphs
//! at the pixels they are shown at. Integer blending and spans that depend on their edge alone make pictures the same on
//! every machine. Kept simple enough to be fast without optimisation.

use std::collections::HashMap;

use egui::{
    ClippedPrimitive, Color32, TextureId, TexturesDelta,
    epaint::{ImageData, ImageDelta, Primitive, Vertex},
};
use egui_kittest::TestRenderer;

type Pixel = [u8; 4];

#[derive(Default)]
struct Texture {
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
}

impl Texture {
    fn update(&mut self, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let pixels = image.pixels.iter().map(Color32::to_array);
        match delta.pos {
            None => *self = Self { width, height, pixels: pixels.collect() },
            Some([x, y]) => {
                let pixels: Vec<Pixel> = pixels.collect();
                for (row, source) in pixels.chunks_exact(width).enumerate() {
                    let start = (y + row) * self.width + x;
                    self.pixels[start..start + width].copy_from_slice(source);
                }
            }
        }
    }

    fn texel(&self, u: f32, v: f32) -> Pixel {
        let x = ((u * self.width as f32) as usize).min(self.width - 1);
        let y = ((v * self.height as f32) as usize).min(self.height - 1);
        self.pixels[y * self.width + x]
    }
}

/// The renderer to give to a test harness.
#[derive(Default)]
pub struct SoftRenderer {
    textures: HashMap<TextureId, Texture>,
}

impl TestRenderer for SoftRenderer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            let texture = self.textures.entry(id).or_default();
            for image in images {
                texture.update(&image);
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let background = ctx.global_style().visuals.panel_fill.to_array();
        let mut canvas = Canvas { width, height, scale, pixels: vec![background; width * height] };
        for primitive in ctx.tessellate(output.shapes.clone(), scale) {
            canvas.paint(&primitive, &self.textures);
        }
        image::RgbaImage::from_raw(width as u32, height as u32, canvas.pixels.into_flattened())
            .ok_or_else(|| "the picture has another size than its pixels".to_owned())
    }
}

struct Canvas {
    width: usize,
    height: usize,
    scale: f32,
    pixels: Vec<Pixel>,
}

/// The part of the canvas that may be painted, in pixels: from (inclusive) and to (exclusive).
#[derive(Clone, Copy)]
struct Clip {
    x: (usize, usize),
    y: (usize, usize),
}

impl Canvas {
    fn paint(&mut self, primitive: &ClippedPrimitive, textures: &HashMap<TextureId, Texture>) {
        let Primitive::Mesh(mesh) = &primitive.primitive else { return };
        let Some(texture) = textures.get(&mesh.texture_id) else { return };
        let rect = primitive.clip_rect;
        let pixel = |value: f32, most: usize| ((value * self.scale).round().max(0.0) as usize).min(most);
        let clip = Clip {
            x: (pixel(rect.min.x, self.width), pixel(rect.max.x, self.width)),
            y: (pixel(rect.min.y, self.height), pixel(rect.max.y, self.height)),
        };
        let mut triangles = mesh.indices.chunks_exact(3);
        while let Some(first) = triangles.next() {
            let at = |index: u32| &mesh.vertices[index as usize];
            let [a, b, c] = [at(first[0]), at(first[1]), at(first[2])];
            let ahead = triangles.clone().next();
            let quad = ahead.and_then(|second| {
                let d = at(second[2]);
                (second[0] == first[2] && second[1] == first[1] && is_rectangle(a, b, c, d)).then_some(d)
            });
            match quad {
                Some(d) => {
                    self.rectangle(texture, clip, a, d);
                    triangles.next();
                }
                None => self.triangle(texture, clip, [a, b, c]),
            }
        }
    }

    /// The first pixel whose middle is not before `value`.
    fn edge(&self, value: f32) -> f32 {
        (value * self.scale - 0.5).ceil()
    }

    fn span(&self, from: f32, to: f32, clip: (usize, usize)) -> (usize, usize) {
        let from = (from.max(0.0) as usize).max(clip.0);
        let to = (to.max(0.0) as usize).min(clip.1);
        (from, to.max(from))
    }

    fn rectangle(&mut self, texture: &Texture, clip: Clip, min: &Vertex, max: &Vertex) {
        let (x0, x1) = self.span(self.edge(min.pos.x), self.edge(max.pos.x), clip.x);
        let (y0, y1) = self.span(self.edge(min.pos.y), self.edge(max.pos.y), clip.y);
        let color = min.color.to_array();
        let flat = (min.uv == max.uv).then(|| multiply(color, texture.texel(min.uv.x, min.uv.y)));
        for y in y0..y1 {
            let row = &mut self.pixels[y * self.width + x0..y * self.width + x1];
            if let Some(flat) = flat {
                if flat[3] == 255 {
                    row.fill(flat);
                } else if flat != [0; 4] {
                    for pixel in row {
                        *pixel = blend(*pixel, flat);
                    }
                }
                continue;
            }
            let t = ((y as f32 + 0.5) / self.scale - min.pos.y) / (max.pos.y - min.pos.y);
            let v = min.uv.y + t * (max.uv.y - min.uv.y);
            let step = (max.uv.x - min.uv.x) / ((max.pos.x - min.pos.x) * self.scale);
            let mut u = min.uv.x + (x0 as f32 + 0.5 - min.pos.x * self.scale) * step;
            for pixel in row {
                let texel = texture.texel(u, v);
                if texel[3] != 0 {
                    *pixel = blend(*pixel, multiply(color, texel));
                }
                u += step;
            }
        }
    }

    fn triangle(&mut self, texture: &Texture, clip: Clip, corners: [&Vertex; 3]) {
        let mut corners = corners;
        corners.sort_by(|a, b| a.pos.y.total_cmp(&b.pos.y));
        let [top, middle, bottom] = corners;
        let (y0, y1) = self.span(self.edge(top.pos.y), self.edge(bottom.pos.y), clip.y);
        let flat_color = top.color == middle.color && middle.color == bottom.color;
        let flat_texel =
            (top.uv == middle.uv && middle.uv == bottom.uv).then(|| texture.texel(top.uv.x, top.uv.y));
        let area = (middle.pos - top.pos).x * (bottom.pos - top.pos).y
            - (middle.pos - top.pos).y * (bottom.pos - top.pos).x;
        if area == 0.0 {
            return;
        }
        for y in y0..y1 {
            let at = (y as f32 + 0.5) / self.scale;
            let long = crossing(top, bottom, at);
            let short =
                if at < middle.pos.y { crossing(top, middle, at) } else { crossing(middle, bottom, at) };
            let (x0, x1) = self.span(self.edge(long.min(short)), self.edge(long.max(short)), clip.x);
            for x in x0..x1 {
                let point = egui::pos2((x as f32 + 0.5) / self.scale, at);
                let weight = |a: &Vertex, b: &Vertex| {
                    let (a, b) = (a.pos - point, b.pos - point);
                    ((a.x * b.y - a.y * b.x) / area).clamp(0.0, 1.0)
                };
                let (wt, wm) = (weight(middle, bottom), weight(bottom, top));
                let wb = (1.0 - wt - wm).max(0.0);
                let color = if flat_color {
                    top.color.to_array()
                } else {
                    let [a, b, c] = corners.map(|corner| corner.color.to_array());
                    std::array::from_fn(|i| {
                        (f32::from(a[i]) * wt + f32::from(b[i]) * wm + f32::from(c[i]) * wb + 0.5) as u8
                    })
                };
                let texel = flat_texel.unwrap_or_else(|| {
                    let u = top.uv.x * wt + middle.uv.x * wm + bottom.uv.x * wb;
                    let v = top.uv.y * wt + middle.uv.y * wm + bottom.uv.y * wb;
                    texture.texel(u, v)
                });
                let pixel = &mut self.pixels[y * self.width + x];
                *pixel = blend(*pixel, multiply(color, texel));
            }
        }
    }
}

/// Where the line from `a` to `b` has the height `y`. Two triangles that share an edge get the same answer.
fn crossing(a: &Vertex, b: &Vertex, y: f32) -> f32 {
    let (a, b) = if (a.pos.y, a.pos.x) <= (b.pos.y, b.pos.x) { (a, b) } else { (b, a) };
    let height = b.pos.y - a.pos.y;
    if height == 0.0 { a.pos.x } else { a.pos.x + (y - a.pos.y) / height * (b.pos.x - a.pos.x) }
}

/// Whether two triangles are the halves of an axis-parallel rectangle of one colour, as egui makes them for glyphs and fills.
fn is_rectangle(a: &Vertex, b: &Vertex, c: &Vertex, d: &Vertex) -> bool {
    let color = a.color == b.color && b.color == c.color && c.color == d.color;
    color && a.pos.y == b.pos.y && a.pos.x == c.pos.x && b.pos.x == d.pos.x && c.pos.y == d.pos.y
}

fn multiply(color: Pixel, texel: Pixel) -> Pixel {
    if texel == [255; 4] {
        return color;
    }
    let part = |a: u8, b: u8| ((u32::from(a) * u32::from(b) + 127) / 255) as u8;
    [part(color[0], texel[0]), part(color[1], texel[1]), part(color[2], texel[2]), part(color[3], texel[3])]
}

/// Premultiplied "over", on the bytes themselves: egui blends in gamma space.
fn blend(below: Pixel, above: Pixel) -> Pixel {
    let rest = 255 - u32::from(above[3]);
    let part =
        |above: u8, below: u8| (u32::from(above) + (u32::from(below) * rest + 127) / 255).min(255) as u8;
    [part(above[0], below[0]), part(above[1], below[1]), part(above[2], below[2]), part(above[3], below[3])]
}
