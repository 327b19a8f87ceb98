//! Forwarding targets: saved in the settings, their secrets in the keyring.

use std::sync::Arc;

use contract::{Response, Secret};
use model::{ForwardTarget, Problem, ProblemCode};
use monitor::KeyringError;
use thinq::Chain;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use super::{App, settings::file_problem};
use crate::settings::targets::{check, is_same_name, write_targets};

impl App {
    pub(crate) async fn forwarding(&self) -> Response {
        match self.forwarder.state().await {
            Ok(forwarding) => Response::Forwarding { forwarding },
            Err(error) => {
                error!(error = %Chain(&error), "failed to read the outbox");
                Response::Failed { problem: Problem::of(ProblemCode::HistoryUnavailable) }
            }
        }
    }

    /// Adds a target, or replaces the one of the same name, which must still be there. The secret is stored first: a target
    /// without it would be refused.
    pub(crate) async fn save_target(
        self: &Arc<Self>,
        target: ForwardTarget,
        secret: Option<Secret>,
        is_new: bool,
    ) -> Result<(), Problem> {
        let _changing = self.changing.lock().await;
        validate(&target)?;
        let mut targets = self.forwarder.targets();
        let known = targets.iter().position(|other| is_same_name(&other.name, &target.name));
        match known {
            Some(_) if is_new => return Err(Problem::of(ProblemCode::TargetName)),
            // The name is also that of the secret and of what waits.
            Some(index) if targets[index].name == target.name => targets[index] = target.clone(),
            // Removed elsewhere while it was edited, or another one by now.
            None if !is_new => return Err(Problem::of(ProblemCode::TargetName)),
            Some(_) => return Err(Problem::of(ProblemCode::TargetName)),
            None => targets.push(target.clone()),
        }
        let is_given = secret.as_ref().is_some_and(|secret| !secret.is_empty());
        match secret {
            Some(secret) if is_given && target.has_secret() => {
                let saved = self.forwarder.set_secret(&target.name, secret.into_inner()).await;
                saved.map_err(|error| keyring_problem(&error))?;
            }
            Some(_) | None => {}
        }
        if is_new {
            // Of an earlier one of this name.
            self.forwarder.forget(&target.name).await;
        }
        self.keep_targets(targets).await?;
        if !target.has_secret() {
            self.forget_secret(&target.name).await;
        }
        info!(name = target.name, "saved a forwarding target");
        Ok(())
    }

    pub(crate) async fn remove_target(self: &Arc<Self>, name: &str) -> Result<(), Problem> {
        let _changing = self.changing.lock().await;
        let mut targets = self.forwarder.targets();
        let Some(index) = targets.iter().position(|target| target.name == name) else {
            return Err(Problem::of(ProblemCode::TargetName));
        };
        let removed = targets.remove(index);
        self.keep_targets(targets).await?;
        self.forwarder.forget(name).await;
        if removed.has_secret() {
            self.forget_secret(name).await;
        }
        info!(name, "removed a forwarding target");
        Ok(())
    }

    pub(crate) async fn test_target(
        &self,
        target: &ForwardTarget,
        secret: Option<Secret>,
    ) -> Response {
        if let Err(problem) = validate(target) {
            return Response::Failed { problem };
        }
        let secret = secret.filter(|secret| !secret.is_empty()).map(Secret::into_inner);
        match self.forwarder.test(target, secret).await {
            Ok(said) => Response::ForwardTest { said, failure: None },
            Err(failure) => Response::ForwardTest { said: String::new(), failure: Some(failure) },
        }
    }

    async fn forget_secret(&self, name: &str) {
        if let Err(error) = self.forwarder.forget_secret(name).await {
            warn!(error = %Chain(&error), name, "failed to delete the secret of a target");
        }
    }

    async fn keep_targets(self: &Arc<Self>, targets: Vec<ForwardTarget>) -> Result<(), Problem> {
        let (app, new) = (Arc::clone(self), targets.clone());
        let written = spawn_blocking(move || {
            let mut settings = app.settings.lock();
            settings.edit(|document| write_targets(document, &new))?;
            settings.targets = new;
            Ok(())
        });
        written
            .await
            .map_err(|_| Problem::of(ProblemCode::Internal))?
            .map_err(|error| file_problem(&error))?;
        self.forwarder.set_targets(targets);
        Ok(())
    }
}

fn validate(target: &ForwardTarget) -> Result<(), Problem> {
    check(target).map_err(|key| {
        info!(key, "invalid forwarding target");
        let code = if key == "name" { ProblemCode::TargetName } else { ProblemCode::InvalidTarget };
        Problem::of(code)
    })
}

fn keyring_problem(error: &KeyringError) -> Problem {
    error!(error = %Chain(error), "failed to store the secret of a target");
    Problem::of(match error {
        KeyringError::Locked | KeyringError::Refused => ProblemCode::KeyringLocked,
        KeyringError::Missing(_) | KeyringError::NotSetUp | KeyringError::Failed(_) | _ => {
            ProblemCode::KeyringMissing
        }
    })
}
