//! What is only kept with a lab.

use std::collections::HashMap;

use domain::id::LabId;
use domain::kept::LabEnvelope;
use service::store::StoreResult;

use crate::columns::{id, json, to_json};
use crate::db::{Db, args, statements};

statements! {
    ENVELOPE = "SELECT envelope FROM lab_envelopes WHERE lab = $1";
    ENVELOPES = "SELECT lab, envelope FROM lab_envelopes";
    PUT = "INSERT INTO lab_envelopes (lab, envelope) VALUES ($1, $2)
        ON CONFLICT (lab) DO UPDATE SET envelope = excluded.envelope";
}

pub(crate) async fn envelope(db: &mut Db, lab: LabId) -> StoreResult<Option<LabEnvelope>> {
    let row: Option<(String,)> = db.fetch_optional(ENVELOPE, args![lab]).await?;
    row.map(|(text,)| json("lab_envelopes.envelope", &text))
        .transpose()
}

pub(crate) async fn envelopes(db: &mut Db) -> StoreResult<HashMap<LabId, LabEnvelope>> {
    let rows: Vec<(String, String)> = db.fetch_all(ENVELOPES, args![]).await?;
    rows.into_iter()
        .map(|(lab, text)| {
            let lab = id("lab_envelopes.lab", &lab)?;
            Ok((lab, json("lab_envelopes.envelope", &text)?))
        })
        .collect()
}

pub(crate) async fn put(db: &mut Db, lab: LabId, envelope: &LabEnvelope) -> StoreResult<()> {
    let text = to_json(envelope)?;
    db.execute(PUT, args![lab, text.as_str()]).await.map(drop)
}
