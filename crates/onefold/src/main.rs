//! The `onefold` command: errors become words and exit codes, in one place.

use std::process::ExitCode;

use clap::Parser as _;
use onefold::{cli::Cli, commands, output};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    onefold::prepare(&cli.command);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(8 << 20).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::say(&format!("error: no threads can be started: {error}\n"));
            return ExitCode::from(1);
        }
    };
    let code = match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(problem) => output::say_problem(&problem),
    };
    // Work that was abandoned does not hold up the exit.
    runtime.shutdown_background();
    ExitCode::from(code)
}
