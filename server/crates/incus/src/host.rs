//! The host: what Lectern needs there, how it is, and how much room it has.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use service::engine::{EngineCapacity, EngineError, EngineHealth, EngineResult};

use crate::IncusEngine;

const MIB: u64 = 1024 * 1024;

#[derive(Deserialize)]
struct Server {
    auth: String,
    environment: Option<Environment>,
}

#[derive(Deserialize)]
struct Environment {
    server_version: String,
    driver: String,
}

#[derive(Deserialize)]
struct Warning {
    #[serde(rename = "type")]
    kind: String,
    last_message: String,
}

#[derive(Deserialize)]
struct Resources {
    cpu: Cpu,
    memory: Memory,
}

#[derive(Deserialize)]
struct Cpu {
    total: u32,
}

#[derive(Deserialize)]
struct Memory {
    total: u64,
    used: u64,
}

#[derive(Deserialize)]
struct Pool {
    space: Space,
}

#[derive(Deserialize)]
struct Space {
    total: u64,
    used: u64,
}

impl IncusEngine {
    /// Makes the project where it is missing; looks whether pool and network are there.
    pub(crate) async fn prepare(&self) -> EngineResult<()> {
        let project = self.settings.project.as_str();
        self.environment().await?;
        let what = || format!("The Incus project {project}");
        let there = self.client.get::<Value>(&["projects", project], &[]).await;
        if there.as_ref().is_err_and(|fault| fault.is_missing()) {
            // Machines and disks of its own; the images and networks of the whole host.
            let body = json!({
                "name": project,
                "description": "Lab machines of Lectern",
                "config": {
                    "features.images": "false",
                    "features.networks": "false",
                    "features.profiles": "true",
                    "features.storage.buckets": "true",
                    "features.storage.volumes": "true",
                },
            });
            let made = self.client.send(Method::POST, &["projects"], &body).await;
            if let Err(fault) = made {
                // Another process of this installation may have been quicker.
                let there = self.client.get::<Value>(&["projects", project], &[]).await;
                there.map_err(|_| fault.about(what()))?;
            }
        } else {
            there.map_err(|fault| fault.about(what()))?;
        }

        let pool = &self.settings.pool;
        let found = self
            .client
            .get::<Value>(&["storage-pools", pool], &[])
            .await;
        found.map_err(|fault| fault.about(format!("The Incus storage pool {pool}")))?;
        let network = &self.settings.network;
        let found = self.client.get::<Value>(&["networks", network], &[]).await;
        found.map_err(|fault| fault.about(format!("The Incus network {network}")))?;
        Ok(())
    }

    async fn environment(&self) -> EngineResult<Environment> {
        let server: Server = self
            .client
            .get(&[], &[])
            .await
            .map_err(|fault| fault.about("Incus"))?;
        match server.environment {
            Some(environment) if server.auth == "trusted" => Ok(environment),
            _ => Err(EngineError::Failed(
                "Incus does not trust Lectern; the account that Lectern runs as must be in the group incus-admin.".to_owned(),
            )),
        }
    }

    /// Version, kinds of machines that work, and why others do not.
    pub(crate) async fn read_health(&self) -> EngineResult<EngineHealth> {
        let environment = self.environment().await?;
        let drivers: Vec<&str> = environment.driver.split('|').map(str::trim).collect();
        let mut health = EngineHealth {
            version: format!("Incus {}", environment.server_version),
            instance_types: Vec::new(),
            remarks: Vec::new(),
        };
        if drivers.contains(&"lxc") {
            health.instance_types.push("container".to_owned());
        } else {
            let remark = "Containers do not work on this host, so that no machine can be made.";
            health.remarks.push(remark.to_owned());
        }
        if drivers.contains(&"qemu") {
            health.instance_types.push("virtual-machine".to_owned());
        } else {
            let why = self.why_no_virtual_machines().await?;
            health.remarks.push(format!(
                "Virtual machines do not work on this host ({why}). Lab machines are containers and do not need them."
            ));
        }
        Ok(health)
    }

    /// Incus' own reason why virtual machines do not work.
    async fn why_no_virtual_machines(&self) -> EngineResult<String> {
        let warnings: Vec<Warning> = self
            .client
            .get(&["warnings"], &[("recursion", "1")])
            .await
            .map_err(|fault| fault.about("The list of warnings"))?;
        let mut reasons = warnings
            .into_iter()
            .filter(|warning| warning.kind == "Instance type not operational")
            .map(|warning| warning.last_message);
        let unknown = || "Incus found no usable KVM and QEMU".to_owned();
        Ok(reasons.next().unwrap_or_else(unknown))
    }

    /// Memory and processors of the host, and the room in the machines' pool.
    pub(crate) async fn read_capacity(&self) -> EngineResult<EngineCapacity> {
        let host: Resources = self
            .client
            .get(&["resources"], &[])
            .await
            .map_err(|fault| fault.about("The host's resources"))?;
        let pool = &self.settings.pool;
        let disk: Pool = self
            .client
            .get(&["storage-pools", pool, "resources"], &[])
            .await
            .map_err(|fault| fault.about(format!("The Incus storage pool {pool}")))?;
        Ok(EngineCapacity {
            memory_mib: host.memory.total / MIB,
            memory_used_mib: host.memory.used / MIB,
            disk_mib: disk.space.total / MIB,
            disk_used_mib: disk.space.used / MIB,
            cpus: host.cpu.total,
        })
    }
}
