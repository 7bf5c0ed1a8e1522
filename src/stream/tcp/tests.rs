//! The rules without wasm.
