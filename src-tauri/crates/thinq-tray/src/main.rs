//! Entry point; the program itself is in the library.

use std::process::ExitCode;

/// glibc has a heap per thread and does not return freed memory: 3 MB after a burst of events. This
/// allocator has one heap and returns free memory; it is configured in `.cargo/config.toml`.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    thinq_tray::main()
}
