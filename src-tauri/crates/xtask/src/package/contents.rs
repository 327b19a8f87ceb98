//! Whether the rpm holds what the deb holds. There is no Fedora here to install it into, so that its
//! files are compared one by one with those of the deb, which is installed and run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::READ;
use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Path, mode and digest of each file, in a form that both packages can be brought to.
type Contents = BTreeMap<String, String>;

/// Each distribution has its own places for these.
const OWN_PLACES: &[&str] = &["/usr/share/doc/", "/usr/share/licenses/"];

/// Mode, digest and path of each file below the folder; pages of the manual as they are unpacked.
const LIST_DEB: &str = "find . -type f | while read -r file; do
    case $file in
        *.gz) digest=$(gzip -dc \"$file\" | sha256sum) ;;
        *) digest=$(sha256sum < \"$file\") ;;
    esac
    echo \"$(stat -c %a \"$file\") ${digest%% *} ${file#.}\"
done";

pub(super) fn compare(
    workspace: &Workspace,
    deb: &Path,
    rpm: &Path,
    steps: &mut Steps,
) -> Result<(), Failure> {
    let dir = workspace.target_dir().join("deb-contents");
    drop(fs::remove_dir_all(&dir));
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("--extract").arg(deb).arg(&dir);
    steps.run("contents of the deb", unpack, READ)?;
    steps.check("the rpm holds what the deb holds", "compare their lists of assets", |_| {
        let mut list = Command::new("sh");
        list.args(["-e", "-c", LIST_DEB]).current_dir(&dir);
        let of_deb = contents(&said(list)?)?;
        let mut list = Command::new("rpm");
        list.args(["--query", "--package", "--queryformat"]);
        list.arg("[%{FILEMODES:octal} %{FILEDIGESTS} %{FILENAMES}\\n]").arg(rpm);
        let of_rpm = contents(&said(list)?)?;
        println!("{} files in both", of_deb.len());
        differences(&of_deb, &of_rpm)
    })?;
    let mut check = Command::new("rpm");
    check.args(["--checksig", "--nosignature"]).arg(rpm);
    steps.run("the rpm is whole", check, READ)
}

fn said(mut command: Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run `{name}`: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Reads lines of mode, digest and path.
fn contents(text: &str) -> Result<Contents, String> {
    text.lines()
        .filter(|line| !OWN_PLACES.iter().any(|place| line.contains(place)))
        .map(|line| {
            let (mode, rest) = line.split_once(' ').ok_or(line)?;
            let (digest, path) = rest.split_once(' ').ok_or(line)?;
            // A mode may have the kind of the file before it.
            let mode = mode.get(mode.len().saturating_sub(3)..).unwrap_or(mode);
            Ok((place(path), format!("{mode} {digest}")))
        })
        .collect()
}

/// The path as Fedora has it.
fn place(path: &str) -> String {
    let path = path.strip_suffix(".gz").unwrap_or(path);
    path.replace("/zsh/vendor-completions/", "/zsh/site-functions/")
}

fn differences(of_deb: &Contents, of_rpm: &Contents) -> Result<(), String> {
    let differing: Vec<_> = of_deb
        .keys()
        .chain(of_rpm.keys())
        .filter(|path| of_deb.get(*path) != of_rpm.get(*path))
        .map(String::as_str)
        .collect();
    if differing.is_empty() && !of_deb.is_empty() {
        Ok(())
    } else {
        Err(format!("{} differ: {}", differing.len(), differing.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_compared_by_mode_and_content_and_not_by_the_places_of_a_distribution() {
        let deb = "755 aa /usr/bin/thinq-tray\n\
                   644 bb /usr/share/man/man1/thinq-tray.1.gz\n\
                   644 cc /usr/share/zsh/vendor-completions/_thinq-tray\n\
                   644 dd /usr/share/doc/thinq-tray/changelog.gz\n";
        let rpm = "100755 aa /usr/bin/thinq-tray\n\
                   100644 bb /usr/share/man/man1/thinq-tray.1\n\
                   100644 cc /usr/share/zsh/site-functions/_thinq-tray\n\
                   100644 ee /usr/share/licenses/thinq-tray/LICENSE\n";
        let of = |text: &str| contents(text).unwrap();

        assert_eq!(differences(&of(deb), &of(rpm)), Ok(()));
        for (from, to) in [("755", "700"), (" aa ", " ff "), ("man1/", "man8/")] {
            assert!(differences(&of(deb), &of(&rpm.replace(from, to))).is_err(), "{from} {to}");
        }
        assert!(differences(&of(""), &of("")).is_err(), "nothing was read");
    }
}
