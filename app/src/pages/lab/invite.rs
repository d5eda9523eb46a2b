//! Invitations: whom the registration link is mailed to, with an educator's own words.

use leptos::prelude::*;

use super::{Tab, written};
use crate::ui::form::{Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::{State, Time};
use crate::ui::written::{kept_part, row};
use crate::view::{InviteLineView, InviteView, WithLab, WrittenView};

/// Writes the page.
pub fn write(data: &WithLab<InviteView>) -> WrittenView {
    let rows = vec![row("", vec![kept_part(|| body(&data.lab.id, &data.more))])];
    written(&data.lab, Tab::Users, String::new(), rows)
}

fn body(lab: &str, view: &InviteView) -> AnyView {
    let to_the_list = format!("/labs/{lab}/users");
    if view.lines.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Mail class="icon icon-large"/></span>
                <h2>"Nobody to invite"</h2>
                <p>"Everybody on the list has registered, or nobody is on it yet."</p>
                <div class="cluster"><a class="button button-primary" href=to_the_list>"To the list of users"</a></div>
            </div>
        }
        .into_any();
    }
    let hindrance = if !view.may {
        Some("Your role does not allow sending invitations.")
    } else if !view.mail {
        Some("Mail is not set up on this installation. Show your class the link instead.")
    } else if !view.link {
        Some("The registration link is switched off. Switch it on first, on the page of users.")
    } else {
        None
    };
    let notice = hindrance.map(|text| {
        view! {
            <div class="notice notice-warning" role="status">
                <Glyph icon=Icon::Info/>
                <div class="notice-body"><p>{text} " " <a href=format!("/labs/{lab}/join")>"Show the link"</a></p></div>
            </div>
        }
    });
    let lines = view.lines.iter().map(line).collect_view();
    let off = hindrance.is_some();
    let lab = lab.to_owned();
    view! {
        <div class="stack">
        {notice}
        <Form action="/sfn/users/invite" class="stack" inline=true>
            {hidden("lab", lab)}
            <section class="card" aria-label="The mail">
                <header class="card-head"><h2 class="card-title">"The mail"</h2></header>
                <div class="form">
                    <div class="field">
                        <label class="label" for="text">"Your own words " <span class="optional">"optional"</span></label>
                        <textarea class="input" id="text" name="text" rows="4" maxlength="2000" aria-describedby="text-hint"></textarea>
                        <p class="hint" id="text-hint">"They come after the line that says who invites to which lab, and before the registration link."</p>
                    </div>
                    <div class="form-actions">
                        <Submit class="button button-primary" icon=Icon::Mail off=off>"Send to those who are ticked"</Submit>
                        <a class="button button-quiet" href=to_the_list>"Back to the list"</a>
                    </div>
                </div>
            </section>
            <section class="card" aria-label="Not registered yet">
                <header class="card-head">
                    <h2 class="card-title">"Not registered yet"</h2>
                    <p class="card-text">"Ticked are those who were not invited yet, or whom the mail did not reach."</p>
                </header>
                <ul class="rows">{lines}</ul>
            </section>
        </Form>
        </div>
    }
    .into_any()
}

fn line(line: &InviteLineView) -> AnyView {
    let shown = line.name.clone().unwrap_or_else(|| line.email.clone());
    let email = line.name.as_ref().map(|_| line.email.clone());
    let email = email.map(|email| view! { <span class="small muted">{email}</span> });
    let at = line
        .at
        .map(|at| view! { <span class="small muted">"last invited " <Time at=at/></span> });
    let why = line
        .why
        .clone()
        .map(|why| view! { <span class="small muted">{why}</span> });
    view! {
        <li class="row">
            <label class="check">
                <input type="checkbox" name="users[]" value=line.id.clone() checked=line.chosen/>
                <span class="row-text"><strong>{shown}</strong> {email} {at} {why}</span>
            </label>
            <div class="row-actions"><State badge=line.badge.clone() class="status status-plain"/></div>
        </li>
    }
    .into_any()
}
