//! The `lectern` binary.

use clap::Parser as _;
use server::commands::{self, Cli};

fn main() -> std::process::ExitCode {
    commands::run(Cli::parse())
}
