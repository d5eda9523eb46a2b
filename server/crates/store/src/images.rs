//! The engine's images, as the installation knows them.

use domain::image::{Image, ImageName};
use service::store::StoreResult;

use crate::columns::parsed;
use crate::db::{Db, args, statements};

statements! {
    IMAGES = "SELECT name, title, available, enabled FROM images ORDER BY lower(title), name";
    IMAGE = "SELECT name, title, available, enabled FROM images WHERE name = $1";
    VANISH = "UPDATE images SET available = 0 WHERE available = 1";
    // A known image keeps its title and whether educators may choose it.
    PUT = "INSERT INTO images (name, title, available, enabled) VALUES ($1, $2, 1, 1)
        ON CONFLICT (name) DO UPDATE SET available = 1";
}

#[derive(sqlx::FromRow)]
struct ImageRow {
    name: String,
    title: String,
    available: i64,
    enabled: i64,
}

fn to_image(row: ImageRow) -> StoreResult<Image> {
    Ok(Image {
        name: parsed("images.name", ImageName::parse(&row.name))?,
        title: row.title,
        available: row.available != 0,
        enabled: row.enabled != 0,
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

pub(crate) async fn put_images(db: &mut Db, images: &[(ImageName, String)]) -> StoreResult<()> {
    db.execute(VANISH, args![]).await?;
    for (name, title) in images {
        db.execute(PUT, args![name.as_str(), title.as_str()])
            .await?;
    }
    Ok(())
}
