//! Scenarios from and to the files of other tools: one module per format.

mod command_line;
mod envoy;
mod files;
mod hostile;
mod kubernetes;
mod oci;
mod words;
