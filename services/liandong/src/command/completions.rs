//! `liandong completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{cli::Cli, output::print};

/// For which shell.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell.
    pub shell: Shell,
}

/// Prints them.
pub fn run(args: &CompletionsArgs) {
    let mut text = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "liandong", &mut text);
    print(&String::from_utf8_lossy(&text));
}
