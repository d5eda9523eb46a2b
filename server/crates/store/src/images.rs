//! Images: the engine's, and those saved from machines, as the installation knows them.

use domain::image::{Image, ImageFacts, ImageName, SavedImage};
use domain::name::Hostname;
use service::engine::EngineImage;
use service::store::StoreResult;

use crate::codes::{Code as _, choice};
use crate::columns::{id, parsed};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "name, title, available, enabled, os, publisher, offer, sku, version, saved_id, saved_object, \
         saved_plan"
    };
}

statements! {
    IMAGES = "SELECT ", columns!(), " FROM images ORDER BY lower(title), name";
    IMAGE = "SELECT ", columns!(), " FROM images WHERE name = $1";
    VANISH = "UPDATE images SET available = 0 WHERE available = 1 AND saved_id IS NULL";
    // A known image keeps its title and whether educators may choose it.
    PUT = "INSERT INTO images (name, title, available, enabled, os, publisher, offer, sku, version)
        VALUES ($1, $2, 1, 1, $3, $4, $5, $6, $7)
        ON CONFLICT (name) DO UPDATE SET available = 1, os = excluded.os,
            publisher = excluded.publisher, offer = excluded.offer, sku = excluded.sku,
            version = excluded.version";
    INSERT = "INSERT INTO images (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
}

row! {
    struct ImageRow {
        name: String,
        title: String,
        available: i64,
        enabled: i64,
        os: String,
        publisher: String,
        offer: String,
        sku: String,
        version: String,
        saved_id: Option<String>,
        saved_object: Option<String>,
        saved_plan: Option<String>,
    }
}

fn to_image(row: ImageRow) -> StoreResult<Image> {
    let saved = match (&row.saved_id, &row.saved_object, &row.saved_plan) {
        (Some(saved), Some(object), Some(plan)) => Some(SavedImage {
            id: id("images.saved_id", saved)?,
            object: parsed("images.saved_object", Hostname::parse(object))?,
            plan: id("images.saved_plan", plan)?,
        }),
        _ => None,
    };
    Ok(Image {
        name: parsed("images.name", ImageName::parse(&row.name))?,
        title: row.title,
        available: row.available != 0,
        enabled: row.enabled != 0,
        facts: ImageFacts {
            os: choice("images.os", &row.os)?,
            publisher: row.publisher,
            offer: row.offer,
            sku: row.sku,
            version: row.version,
        },
        saved,
    })
}

pub(crate) async fn images(db: &mut Db) -> StoreResult<Vec<Image>> {
    let rows = db.fetch_all(IMAGES, args![]).await?;
    rows.into_iter().map(to_image).collect()
}

pub(crate) async fn image(db: &mut Db, name: &ImageName) -> StoreResult<Option<Image>> {
    let row = db.fetch_optional(IMAGE, args![name.as_str()]).await?;
    row.map(to_image).transpose()
}

pub(crate) async fn put_images(db: &mut Db, images: &[EngineImage]) -> StoreResult<()> {
    db.execute(VANISH, args![]).await?;
    for image in images {
        let facts = &image.facts;
        let args = args![
            image.name.as_str(),
            image.title.as_str(),
            facts.os.code(),
            facts.publisher.as_str(),
            facts.offer.as_str(),
            facts.sku.as_str(),
            facts.version.as_str(),
        ];
        db.execute(PUT, args).await?;
    }
    Ok(())
}

/// Adds an image that was saved from a machine.
pub(crate) async fn insert(db: &mut Db, image: &Image) -> StoreResult<()> {
    let (facts, saved) = (&image.facts, image.saved.as_ref());
    let args = args![
        image.name.as_str(),
        image.title.as_str(),
        image.available,
        image.enabled,
        facts.os.code(),
        facts.publisher.as_str(),
        facts.offer.as_str(),
        facts.sku.as_str(),
        facts.version.as_str(),
        saved.map(|saved| saved.id),
        saved.map(|saved| saved.object.as_str()),
        saved.map(|saved| saved.plan),
    ];
    db.execute(INSERT, args).await.map(drop)
}
