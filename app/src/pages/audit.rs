//! Who did what: the audit log.

use leptos::prelude::*;

use crate::ui::form::Field;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{columns, kept_part, row};
use crate::view::{AuditLineView, AuditView, WrittenView};

/// Writes the page.
pub fn write(audit: &AuditView) -> WrittenView {
    WrittenView {
        title: "Who did what".to_owned(),
        rows: vec![
            row("written-head", vec![kept_part(|| head(audit))]),
            row("", vec![kept_part(|| filter(audit))]),
            row("", vec![kept_part(|| list(audit))]),
        ],
        ..WrittenView::default()
    }
}

fn head(audit: &AuditView) -> AnyView {
    let export = audit.export.clone();
    view! {
        <header class="page-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href="/people"><Glyph icon=Icon::ChevronLeft/> "People and roles"</a>
            </nav>
            <div class="page-head-text">
                <h1>"Who did what"</h1>
                <p class="page-subtitle">"Every sign-in and every one that failed, every role, list, token, lab and machine: who, when, and from where."</p>
            </div>
            <div class="page-actions">
                <a class="button" href=export download="audit.csv"><Glyph icon=Icon::Download/> "Export"</a>
            </div>
        </header>
    }
    .into_any()
}

/// What is shown: an ordinary form, whose answer is this page again.
fn filter(audit: &AuditView) -> AnyView {
    let option = |(value, text): &(String, String)| {
        let selected = *value == audit.what;
        view! { <option value=value.clone() selected=selected>{text.clone()}</option> }
    };
    let subjects = audit.subjects.iter().map(option).collect_view();
    view! {
        <form class="card form" method="get" action="/audit" aria-label="What is shown">
            <div class="form-row">
                <Field name="who" label="Name, address or words" value=audit.who.clone() loose=true/>
                <div class="field">
                    <label class="label" for="what">"About"</label>
                    <select class="input select" id="what" name="what">
                        <option value="">"Everything"</option>
                        {subjects}
                    </select>
                </div>
                <Field name="from" label="From" kind="date" value=audit.from.clone() loose=true/>
                <Field name="until" label="Until" kind="date" value=audit.until.clone() loose=true/>
            </div>
            <div class="form-actions">
                <button class="button button-primary" type="submit"><Glyph icon=Icon::Search/> "Show"</button>
                <a class="button button-quiet" href="/audit">"Show everything"</a>
            </div>
        </form>
    }
    .into_any()
}

fn list(audit: &AuditView) -> AnyView {
    if audit.lines.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::History class="icon icon-large"/></span>
                <h2>"Nothing like that"</h2>
                <p>"No line of the log fits. Look for fewer words, or for a longer time."</p>
            </div>
        }
        .into_any();
    }
    let lines = audit.lines.iter().map(line).collect_view();
    let newest = (!audit.first).then(|| {
        view! { <a class="button" href="/audit"><Glyph icon=Icon::ChevronLeft/> "The newest"</a> }
    });
    let older = audit.older.clone().map(|href| {
        view! { <a class="button" href=href>"Older" <Glyph icon=Icon::ChevronRight/></a> }
    });
    view! {
        <div class="stack">
            <div class="card card-flush table-wrap">
                <table class="table" role="table">
                    <thead role="rowgroup">{columns(&["What", "Who", "When", "From"])}</thead>
                    <tbody role="rowgroup">{lines}</tbody>
                </table>
            </div>
            <div class="cluster">{newest} {older}</div>
        </div>
    }
    .into_any()
}

fn line(line: &AuditLineView) -> AnyView {
    let who = line.who.clone().unwrap_or_else(|| "–".to_owned());
    let email = line.email.clone();
    let email = email.map(|email| view! { <small>{email}</small> });
    let failed = line.failed.then(|| {
        view! { <span class="status status-plain" data-state="failed">"Failed"</span> " " }
    });
    let from = match line.from.as_str() {
        "" => "–".to_owned(),
        from => from.to_owned(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="cell-main">{failed} {line.text.clone()} " " <small>{line.action.clone()}</small></th>
            <td role="cell" data-label="Who"><div>{who} " " {email}</div></td>
            <td role="cell" data-label="When"><Time at=line.at/></td>
            <td role="cell" data-label="From" class="cell-mono">{from}</td>
        </tr>
    }
    .into_any()
}
