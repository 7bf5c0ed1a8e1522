use crate::support::{rows, run};
#[test]
fn dump() {
    for name in [
        "mask_pii/mask_pii",
        "mask_pii/trailers",
        "mask_pii/broken_json",
        "access_check/forbidden",
        "access_check/access_check",
        "add_headers/add_headers",
    ] {
        println!("== {name}");
        for row in rows(&run(name)) {
            println!("{row}");
        }
    }
}
