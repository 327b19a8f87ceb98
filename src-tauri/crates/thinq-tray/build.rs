//! Windows: the program's icon, name and version as the Explorer shows them, and its manifest.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=windows.manifest");
    println!("cargo::rerun-if-changed=../../../icons/icon.ico");
    if env::var("CARGO_CFG_TARGET_OS")? != "windows" {
        return Ok(());
    }
    let path = Path::new(&env::var("OUT_DIR")?).join("thinq-tray.rc");
    fs::write(&path, resources()?)?;
    embed_resource::compile(path, embed_resource::NONE).manifest_required()?;
    Ok(())
}

/// As resource compilers read it: 24 is a manifest, 0x0409 and 1200 are English in Unicode.
fn resources() -> Result<String, env::VarError> {
    // A backslash would escape what follows; compilers take both.
    let dir = env::var("CARGO_MANIFEST_DIR")?.replace('\\', "/");
    let version = env::var("CARGO_PKG_VERSION")?;
    let part = |name: &str| env::var(format!("CARGO_PKG_VERSION_{name}"));
    let numbers = format!("{}, {}, {}, 0", part("MAJOR")?, part("MINOR")?, part("PATCH")?);
    Ok(format!(
        r#"1 ICON "{dir}/../../../icons/icon.ico"
1 24 "{dir}/windows.manifest"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
FILEOS 0x40004
FILETYPE 0x1
{{
    BLOCK "StringFileInfo"
    {{
        BLOCK "040904b0"
        {{
            VALUE "CompanyName", "ThinQ Tray contributors"
            VALUE "FileDescription", "ThinQ Tray"
            VALUE "FileVersion", "{version}"
            VALUE "ProductName", "ThinQ Tray"
            VALUE "ProductVersion", "{version}"
        }}
    }}
    BLOCK "VarFileInfo"
    {{
        VALUE "Translation", 0x0409, 1200
    }}
}}
"#
    ))
}
