//! Compiles every `.proto` with protox, so that no `protoc` is needed, and keeps the
//! descriptor set with its custom options and comments for reflection, permissions and tests.

use std::{env, error::Error, fs, path::Path};

use protox::Compiler;

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    collect(Path::new("liandong"), &mut files)?;
    files.sort();

    let mut compiler = Compiler::new(["."])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(&files)?;
    let out = Path::new(&env::var("OUT_DIR")?).join("liandong.descriptor.bin");
    // The encoded bytes keep custom options, which `file_descriptor_set()` would drop.
    fs::write(out, compiler.encode_file_descriptor_set())?;

    let set = compiler.file_descriptor_set();
    // A message knows its full name, and with it its descriptor.
    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    tonic_prost_build::configure()
        .emit_rerun_if_changed(false)
        .compile_fds_with_config(set, prost)?;
    println!("cargo:rerun-if-changed=liandong");
    println!("cargo:rerun-if-changed=build.rs");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
