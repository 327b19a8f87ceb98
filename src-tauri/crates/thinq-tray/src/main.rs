//! The program: all of it is in the library beside it.

use std::process::ExitCode;

/// glibc keeps a heap for each thread, and each keeps what it once was: after a burst of events that
/// is 3 MB. This is one for all, which gives back what is free; how it is set stands in
/// `.cargo/config.toml`.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    thinq_tray::main()
}
