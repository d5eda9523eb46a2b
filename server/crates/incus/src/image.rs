//! Images: what Incus has to make machines from.

use std::collections::BTreeMap;

use domain::image::{ImageFacts, ImageName, OsType};
use serde::Deserialize;
use service::engine::{EngineError, EngineImage, EngineResult};

use crate::IncusEngine;

/// An image as Incus shows it.
#[derive(Deserialize)]
struct Image {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    aliases: Vec<Alias>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Alias {
    name: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct Target {
    target: String,
    #[serde(rename = "type")]
    kind: String,
}

/// What an image is, by the properties that image servers set; by its name where they did not.
fn facts(properties: &BTreeMap<String, String>, name: &ImageName) -> ImageFacts {
    let said = |key: &str| properties.get(key).filter(|value| !value.is_empty());
    let (offer, sku) = name
        .as_str()
        .split_once(['/', ':'])
        .unwrap_or((name.as_str(), ""));
    let publisher = said("os").map_or(offer, String::as_str);
    ImageFacts {
        os: if publisher.to_ascii_lowercase().contains("windows") {
            OsType::Windows
        } else {
            OsType::Linux
        },
        publisher: publisher.to_owned(),
        offer: offer.to_owned(),
        sku: said("release").map_or(sku, String::as_str).to_owned(),
        version: said("serial").map_or("latest", String::as_str).to_owned(),
    }
}

impl IncusEngine {
    /// The images of containers that have a name, in the order of their names. Images of virtual
    /// machines are left out: sealing reaches into a stopped machine's disk, which Incus offers for
    /// containers only.
    pub(crate) async fn read_images(&self) -> EngineResult<Vec<EngineImage>> {
        let images: Vec<Image> = self
            .client
            .get(&["images"], &[("recursion", "1")])
            .await
            .map_err(|fault| fault.about("The list of images"))?;
        let mut found = Vec::new();
        for image in images.iter().filter(|image| image.kind == "container") {
            let described = image.properties.get("description").map(String::as_str);
            for alias in &image.aliases {
                let Ok(name) = ImageName::parse(&alias.name) else {
                    tracing::debug!(image = alias.name, "an image's name is of no use");
                    continue;
                };
                let titles = [
                    described.unwrap_or_default(),
                    &alias.description,
                    &alias.name,
                ];
                let title = titles.into_iter().find(|title| !title.is_empty());
                found.push(EngineImage {
                    title: title.unwrap_or_default().to_owned(),
                    facts: facts(&image.properties, &name),
                    name,
                });
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The fingerprint of the image with this name. A name that is a fingerprint, or the beginning of
    /// one, stands for itself.
    pub(crate) async fn fingerprint(&self, image: &ImageName) -> EngineResult<String> {
        let missing = || EngineError::NotFound(format!("The image {image}"));
        let alias = self
            .client
            .get::<Target>(&["images", "aliases", image.as_str()], &[])
            .await;
        match alias {
            Ok(alias) if alias.kind == "container" => Ok(alias.target),
            Ok(_) => Err(EngineError::Failed(format!(
                "the image {image} is one of virtual machines."
            ))),
            Err(fault) if fault.is_missing() => {
                let name = image.as_str();
                let fits = name.len() >= 12 && name.chars().all(|c| c.is_ascii_hexdigit());
                fits.then(|| name.to_owned()).ok_or_else(missing)
            }
            Err(fault) => Err(fault.about(format!("The image {image}"))),
        }
    }
}
