//! An ordered header multi-map with the rules of Envoy's.

use std::sync::Arc;

use bytes::Bytes;

use super::inline::known;

/// Which map of a stream this is; decides which names are joined and whether `host` means `:authority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapKind {
    RequestHeaders,
    RequestTrailers,
    ResponseHeaders,
    ResponseTrailers,
}

/// One entry: a name in lower case and a value, both any bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub name: Bytes,
    pub value: Bytes,
}

impl Header {
    pub fn new(name: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Whether this is a pseudo-header such as `:path`.
    pub fn is_pseudo(&self) -> bool {
        self.name.first() == Some(&b':')
    }
}

/// A name as maps of one kind keep it: in lower case, `host` of a request as `:authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptName {
    pub bytes: Bytes,
    /// A second value of it is joined to the first.
    is_inline: bool,
}

/// Entries that a map which is about to be changed has room for beyond its own.
const ROOM: usize = 4;

/// Header entries in the order in which a filter sees them. Cheap to clone: copies share their entries until one is
/// changed.
///
/// Invariants: names are in lower case, `host` is never an entry of a request map (it is `:authority`),
/// pseudo-headers stand before all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMap {
    kind: MapKind,
    entries: Arc<Vec<Header>>,
}

impl HeaderMap {
    pub fn new(kind: MapKind) -> Self {
        Self { kind, entries: Arc::default() }
    }

    /// A map with these entries added one by one, so with all rules of [`HeaderMap::add`].
    pub fn from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        kind: MapKind,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut map = Self::new(kind);
        for (name, value) in pairs {
            map.add(name.as_ref(), value.as_ref());
        }
        map
    }

    pub fn kind(&self) -> MapKind {
        self.kind
    }

    pub fn entries(&self) -> &[Header] {
        &self.entries
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sum of the lengths of all names and values, in bytes.
    pub fn byte_size(&self) -> usize {
        self.entries.iter().map(|entry| entry.name.len() + entry.value.len()).sum()
    }

    /// The first value of `name`, whatever its case.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&Bytes> {
        self.place(name.as_ref()).map(|place| &self.entries[place].value)
    }

    /// All values of `name` in order.
    pub fn get_all<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> impl Iterator<Item = &'a Bytes> {
        let name = self.alias(name.as_ref());
        let entries = self.entries.iter().filter(move |entry| entry.name.eq_ignore_ascii_case(name));
        entries.map(|entry| &entry.value)
    }

    /// The first value of `name` as text, if it is UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Appends an entry, or joins the value to the existing entry of an inline name.
    ///
    /// A new pseudo-header goes to the end of the pseudo-headers.
    pub fn add(&mut self, name: &[u8], value: &[u8]) {
        self.add_kept(self.kept_name(name), Bytes::copy_from_slice(value));
    }

    /// The same for a name of this map.
    pub fn add_kept(&mut self, name: KeptName, value: Bytes) {
        let joined = if name.is_inline { self.place_of_kept(&name.bytes) } else { None };
        match joined {
            None => self.push(name.bytes, value),
            Some(_) if value.is_empty() => {}
            Some(place) => {
                let entry = &mut self.entries_mut()[place];
                entry.value = match entry.value.len() {
                    0 => value,
                    _ => [&entry.value, b",".as_slice(), &value].concat().into(),
                };
            }
        }
    }

    /// Removes all entries of `name`, then appends one: the entry moves to the end.
    pub fn replace(&mut self, name: &[u8], value: &[u8]) {
        self.replace_kept(self.kept_name(name), Bytes::copy_from_slice(value));
    }

    /// The same for a name of this map.
    pub fn replace_kept(&mut self, name: KeptName, value: Bytes) {
        self.remove_kept(&name);
        self.push(name.bytes, value);
    }

    /// Sets the value of the first entry of `name` where it stands, or appends it.
    pub fn set_in_place(&mut self, name: &[u8], value: &[u8]) {
        let value = Bytes::copy_from_slice(value);
        match self.place(name) {
            Some(place) => self.entries_mut()[place].value = value,
            None => self.push(self.kept_name(name).bytes, value),
        }
    }

    /// Removes all entries of `name`.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = self.alias(name.as_ref());
        if self.place(name).is_some() {
            self.entries_mut().retain(|entry| !entry.name.eq_ignore_ascii_case(name));
        }
    }

    /// The same for a name of this map.
    pub fn remove_kept(&mut self, name: &KeptName) {
        if self.place_of_kept(&name.bytes).is_some() {
            self.entries_mut().retain(|entry| entry.name != name.bytes);
        }
    }

    /// All values of a name of this map, in order.
    pub fn values_of<'a>(&'a self, name: &'a KeptName) -> impl Iterator<Item = &'a Bytes> {
        self.entries.iter().filter(|entry| entry.name == name.bytes).map(|entry| &entry.value)
    }

    pub fn clear(&mut self) {
        self.entries = Arc::default();
    }

    fn push(&mut self, name: Bytes, value: Bytes) {
        let header = Header { name, value };
        let entries = self.entries_mut();
        if header.is_pseudo() {
            let end = entries.iter().take_while(|entry| entry.is_pseudo()).count();
            entries.insert(end, header);
        } else {
            entries.push(header);
        }
    }

    fn entries_mut(&mut self) -> &mut Vec<Header> {
        if Arc::get_mut(&mut self.entries).is_none() {
            // Most changes add something.
            let mut own = Vec::with_capacity(self.entries.len() + ROOM);
            own.extend_from_slice(&self.entries);
            self.entries = Arc::new(own);
        }
        Arc::make_mut(&mut self.entries)
    }

    /// Place of the first entry of `name`, whatever its case.
    fn place(&self, name: &[u8]) -> Option<usize> {
        let name = self.alias(name);
        let is_it = |entry: &Header| entry.name.len() == name.len() && entry.name.eq_ignore_ascii_case(name);
        self.entries.iter().position(is_it)
    }

    /// The same for a name as this map keeps it.
    fn place_of_kept(&self, name: &Bytes) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == *name)
    }

    /// `host` is another word for `:authority` in request headers.
    fn alias<'a>(&self, name: &'a [u8]) -> &'a [u8] {
        match self.kind {
            MapKind::RequestHeaders if name.eq_ignore_ascii_case(b"host") => b":authority",
            _ => name,
        }
    }

    /// The name under which this map keeps `name`.
    pub fn kept_name(&self, name: &[u8]) -> KeptName {
        self.inline_name(name)
            .unwrap_or_else(|| KeptName { bytes: name.to_ascii_lowercase().into(), is_inline: false })
    }

    /// The same without a copy, if the name is in lower case.
    pub fn keep_name(&self, name: Bytes) -> KeptName {
        match self.inline_name(&name) {
            Some(inline) => inline,
            None if name.iter().any(u8::is_ascii_uppercase) => self.kept_name(&name),
            None => KeptName { bytes: name, is_inline: false },
        }
    }

    fn inline_name(&self, name: &[u8]) -> Option<KeptName> {
        let known = known(self.kind, self.alias(name))?;
        Some(KeptName { bytes: Bytes::from_static(known.as_bytes()), is_inline: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(pairs: &[(&str, &str)]) -> HeaderMap {
        HeaderMap::from_pairs(MapKind::RequestHeaders, pairs.iter().copied())
    }

    fn shown(map: &HeaderMap) -> Vec<String> {
        map.entries()
            .iter()
            .map(|h| format!("{}={}", String::from_utf8_lossy(&h.name), String::from_utf8_lossy(&h.value)))
            .collect()
    }

    #[test]
    fn names_are_lowered_and_found_in_any_case() {
        let map = request(&[("X-A", "1")]);
        assert_eq!(shown(&map), ["x-a=1"]);
        assert_eq!(map.text("x-A"), Some("1"));
    }

    #[test]
    fn a_second_value_of_an_inline_name_is_joined_and_of_another_is_appended() {
        let map = request(&[("accept", "a"), ("x-b", "1"), ("accept", "b"), ("x-b", "2")]);
        assert_eq!(shown(&map), ["accept=a,b", "x-b=1", "x-b=2"]);
    }

    #[test]
    fn replace_moves_to_the_end_and_removes_repeats() {
        let mut map = request(&[("x-a", "1"), ("x-b", "2"), ("x-a", "3")]);
        map.replace(b"x-a", b"new");
        assert_eq!(shown(&map), ["x-b=2", "x-a=new"]);
    }

    #[test]
    fn pseudo_headers_stay_in_front_and_a_replaced_one_goes_to_their_end() {
        let mut map = request(&[(":method", "GET"), (":path", "/"), ("x-a", "1")]);
        map.add(b":bogus", b"b");
        map.replace(b":method", b"PUT");
        assert_eq!(shown(&map), [":path=/", ":bogus=b", ":method=PUT", "x-a=1"]);
    }

    #[test]
    fn host_is_the_authority_of_a_request_only() {
        let mut map = request(&[(":authority", "a")]);
        map.replace(b"Host", b"b");
        assert_eq!(shown(&map), [":authority=b"]);
        let mut reply = HeaderMap::new(MapKind::ResponseHeaders);
        reply.add(b"host", b"x");
        assert_eq!(shown(&reply), ["host=x"]);
    }

    #[test]
    fn an_empty_value_joins_without_a_comma() {
        let map = request(&[("accept", ""), ("accept", "a"), ("accept", "")]);
        assert_eq!(shown(&map), ["accept=a"]);
    }
}
