//! Bodies read by their headers.
