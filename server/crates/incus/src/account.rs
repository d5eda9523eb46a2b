//! Accounts on a running machine.

use std::time::Duration;

use bytes::Bytes;
use domain::name::Hostname;
use service::engine::{AccountSetting, EngineError, EngineResult};

use crate::IncusEngine;

/// How long it may take, a machine that is still booting included.
const PATIENCE: Duration = Duration::from_secs(120);

/// What runs in the machine, as root. Names and passwords come line by line on its input and appear
/// in no command's arguments: `printf` is the shell's own.
const SCRIPT: &str = include_str!("account.sh");

impl IncusEngine {
    /// Makes the accounts, sets their passwords and groups, and sees to ssh host keys.
    pub(crate) async fn set_accounts(
        &self,
        name: &Hostname,
        accounts: &[AccountSetting],
    ) -> EngineResult<()> {
        let mut input = String::new();
        for account in accounts {
            let role = if account.administrator {
                "administrator"
            } else {
                "user"
            };
            // Neither a username nor a password has a line's end in it; their parsers see to that.
            for line in [account.username.as_str(), role, account.password.expose()] {
                input.push_str(line);
                input.push('\n');
            }
        }
        let outcome = self
            .client
            .run(
                name,
                &["/bin/sh", "-c", SCRIPT],
                Bytes::from(input),
                PATIENCE,
            )
            .await
            .map_err(|fault| fault.about(Self::called(name)))?;
        if outcome.code == 0 {
            return Ok(());
        }
        let mut said = outcome.errors;
        for account in accounts {
            said = said.replace(account.password.expose(), "···");
        }
        let said = said.lines().next_back().unwrap_or("no reason given").trim();
        let code = outcome.code;
        Err(EngineError::Failed(format!(
            "the accounts of {name} could not be set: {said} (exit code {code})"
        )))
    }
}
