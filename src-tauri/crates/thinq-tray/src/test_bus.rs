//! A session bus for tests.

use std::{fs, path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Always at the same address in `dir`, so that a bus can come again. It ends with its process.
pub(crate) async fn start_bus(dir: &Path) -> (Child, String) {
    let path = dir.join("bus");
    drop(fs::remove_file(&path));
    let address = format!("unix:path={}", path.display());
    let config = dir.join("bus.conf");
    let text = format!(
        "<busconfig><type>session</type><listen>{address}</listen>\
         <policy context='default'><allow user='*'/><allow send_destination='*' eavesdrop='true'/>\
         <allow eavesdrop='true'/><allow own='*'/></policy></busconfig>"
    );
    fs::write(&config, text).expect("the folder can be written");
    let mut daemon = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--nopidfile", "--print-address=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("`cargo xtask setup` installs `dbus-daemon`");
    let mut lines = BufReader::new(daemon.stdout.take().expect("its output is read")).lines();
    let said = lines.next_line().await.expect("it can be read");
    said.expect("the bus says where it is");
    (daemon, address)
}
