//! A list from a file: asked for, shown with what would become of each line, and then taken over.

use leptos::prelude::*;

use super::{Tab, written};
use crate::ui::form::{Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::{columns, kept_part, row};
use crate::view::{ImportLineView, ImportView, LabView, WithLab, WrittenView};

/// Writes the page that takes a file; `groups` are those that it may name.
pub fn ask(lab: &LabView, groups: &[String]) -> WrittenView {
    let rows = vec![row("", vec![kept_part(|| upload(lab, groups))])];
    written(lab, Tab::Users, String::new(), rows)
}

/// Writes the page that shows what would become of a file.
pub fn preview(data: &WithLab<ImportView>) -> WrittenView {
    let (lab, view) = (&data.lab, &data.more);
    let rows = vec![
        row("", vec![kept_part(|| summary(lab, view))]),
        row("", vec![kept_part(|| table(view))]),
    ];
    written(lab, Tab::Users, String::new(), rows)
}

fn upload(lab: &LabView, groups: &[String]) -> AnyView {
    let groups = match groups {
        [] => "This lab has no groups, so leave that column out.".to_owned(),
        some => format!("The groups of this lab are {}.", some.join(", ")),
    };
    view! {
        <section class="card" aria-label="Users from a file">
            <header class="card-head">
                <h2 class="card-title">"Users from a file"</h2>
                <p class="card-text">"A table as CSV, from a spreadsheet, a learning platform or the school’s administration. Nothing changes before you have seen what would happen to each line."</p>
            </header>
            <form class="form" method="post" enctype="multipart/form-data" action=format!("/labs/{}/import/file", lab.id)>
                <div class="field">
                    <label class="label" for="file">"File"</label>
                    <input class="input" type="file" id="file" name="file" accept=".csv,.tsv,.txt,text/csv,text/plain" aria-describedby="file-hint"/>
                    <p class="hint" id="file-hint">
                        "The first line says what the columns are: email is needed; name (or first name and last name), group and additional hours are understood too, in any order. " {groups}
                    </p>
                </div>
                <div class="field">
                    <label class="label" for="text">"Or the lines themselves " <span class="optional">"instead of a file"</span></label>
                    <textarea class="input" id="text" name="text" rows="6" placeholder="email,name,group"></textarea>
                </div>
                <div class="form-actions">
                    <button class="button button-primary" type="submit"><Glyph icon=Icon::Search/> "Show what would happen"</button>
                    <a class="button button-quiet" href=format!("/labs/{}/users", lab.id)>"Back to the list"</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn summary(lab: &LabView, view: &ImportView) -> AnyView {
    let will = view.added + view.changed;
    let (id, draft) = (lab.id.clone(), view.draft.clone());
    let confirm = (will > 0).then(|| {
        let text = match (view.added, view.changed) {
            (1, 0) => "Add 1 user".to_owned(),
            (0, 1) => "Change 1 user".to_owned(),
            (added, 0) => format!("Add {added} users"),
            (0, changed) => format!("Change {changed} users"),
            (added, changed) => format!("Add {added}, change {changed}"),
        };
        view! {
            <Form action="/sfn/users/import" inline=true>
                {hidden("lab", id)}
                {hidden("draft", draft)}
                <Submit class="button button-primary" icon=Icon::Check>{text}</Submit>
            </Form>
        }
    });
    let columns: Vec<String> = view
        .columns
        .iter()
        .map(|(column, heading)| match heading.as_str() {
            "" => column.clone(),
            heading => format!("{column} (“{heading}”)"),
        })
        .collect();
    let ignored = (!view.ignored.is_empty()).then(|| {
        let text = format!("Columns that are not used: {}.", view.ignored.join(", "));
        view! { <p class="hint">{text}</p> }
    });
    let others = (view.others > 0).then(|| {
        let text = match view.others {
            1 => "1 user on the list is not in the file, and stays.".to_owned(),
            more => format!("{more} users on the list are not in the file, and stay."),
        };
        view! { <p class="hint">{text}</p> }
    });
    let stat = |number: usize, text: &'static str| {
        view! { <div class="stat"><dt>{text}</dt><dd>{number}</dd></div> }
    };
    let title = match will {
        0 => "Nothing would change",
        _ => "What would happen",
    };
    view! {
        <section class="card" aria-label=title>
            <header class="card-head">
                <h2 class="card-title">{title}</h2>
                <p class="card-text">"Recognised: " {columns.join(", ")} "."</p>
            </header>
            <div class="stack">
                <dl class="stats stats-plain">
                    {stat(view.added, "Added")}
                    {stat(view.changed, "Changed")}
                    {stat(view.same, "As they are")}
                    {stat(view.refused, "Left out")}
                </dl>
                {ignored}
                {others}
                <div class="cluster">
                    {confirm}
                    <a class="button" href=format!("/labs/{}/import", lab.id)>"Another file"</a>
                    <a class="button button-quiet" href=format!("/labs/{}/users", lab.id)>"Back to the list"</a>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn table(view: &ImportView) -> AnyView {
    // What is left out comes first: it is what somebody may have to mend.
    let (out, rest): (Vec<_>, Vec<_>) = view.lines.iter().partition(|line| line.why.is_some());
    let lines = out.into_iter().chain(rest).map(line).collect_view();
    view! {
        <div class="card card-flush table-wrap">
            <table class="table" role="table">
                <thead role="rowgroup">{columns(&["In the file", "Line", "Then", "Group", "Additional hours"])}</thead>
                <tbody role="rowgroup">{lines}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn line(line: &ImportLineView) -> AnyView {
    let or_dash = |text: &Option<String>| {
        text.clone()
            .filter(|t| !t.is_empty())
            .unwrap_or_else(|| "–".to_owned())
    };
    let name = line
        .name
        .clone()
        .map(|name| view! { " " <small>{name}</small> });
    let why = line.why.clone().map(|why| view! { <small>{why}</small> });
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="cell-main">{line.text.clone()} {name} {why}</th>
            <td role="cell" data-label="Line">{line.number}</td>
            <td role="cell" data-label="Then"><span class="status status-plain" data-state=line.state>{line.fate}</span></td>
            <td role="cell" data-label="Group">{or_dash(&line.group)}</td>
            <td role="cell" data-label="Additional hours">{or_dash(&line.hours)}</td>
        </tr>
    }
    .into_any()
}
