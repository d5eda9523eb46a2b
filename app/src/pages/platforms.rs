//! Learning platforms: which LMS may send people here.

use leptos::prelude::*;

use crate::ui::copy::{ShownOnce, copy_field};
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::{State, Time};
use crate::ui::written::{kept_part, row};
use crate::view::{Badge, CourseLine, PlatformLine, PlatformsView, WrittenView};

/// Writes the page.
pub fn write(view: &PlatformsView) -> WrittenView {
    let mut rows = vec![row("written-head", vec![kept_part(head)])];
    if let Some(address) = view.made.clone() {
        rows.push(row("", vec![kept_part(|| shown_once(address))]));
    }
    for platform in &view.platforms {
        rows.push(row("", vec![kept_part(|| platform_card(platform))]));
    }
    rows.push(row("", vec![kept_part(|| own(&view.addresses))]));
    rows.push(row("", vec![kept_part(by_itself)]));
    rows.push(row("", vec![kept_part(add)]));
    rows.push(row("", vec![kept_part(keys)]));
    WrittenView {
        title: "Learning platforms".to_owned(),
        rows,
        ..WrittenView::default()
    }
}

fn head() -> AnyView {
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>"Learning platforms"</h1>
                <p class="page-subtitle">"Canvas, Moodle, Blackboard, Brightspace, Sakai and others lead people of a course to their lab (LTI 1.3)."</p>
            </div>
        </header>
    }
    .into_any()
}

fn shown_once(address: String) -> AnyView {
    view! {
        <ShownOnce
            title="Copy the address now"
            about="It is shown this once, and works once, within a day. Give it to whoever runs the platform; then switch the platform on here."
            secret=address
            label="Address to register a platform"
        />
    }
    .into_any()
}

/// What a platform is told of this portal.
fn own(addresses: &[(&'static str, String)]) -> AnyView {
    let lines = addresses.iter().map(|(label, address)| {
        view! {
            <div class="field">
                <span class="label">{*label}</span>
                {copy_field(address.clone(), label)}
            </div>
        }
    });
    let lines = lines.collect_view();
    view! {
        <section class="card" aria-label="Addresses of this portal">
            <header class="card-head">
                <h2 class="card-title">"Addresses of this portal"</h2>
                <p class="card-text">"The platform asks for these when the tool is added there by hand. Let it tell names and e-mail addresses, and use Names and Roles."</p>
            </header>
            <div class="form">{lines}</div>
        </section>
    }
    .into_any()
}

fn by_itself() -> AnyView {
    view! {
        <section class="card" aria-label="Let a platform register itself">
            <header class="card-head">
                <h2 class="card-title">"Let a platform register itself"</h2>
                <p class="card-text">"Most platforms take one address and do the rest (Dynamic Registration). It stays switched off until you have looked at it here."</p>
            </header>
            <Form action="/sfn/platforms/invite" class="form">
                <div class="form-actions"><Submit class="button" icon=Icon::Link>"Make an address"</Submit></div>
            </Form>
        </section>
    }
    .into_any()
}

fn add() -> AnyView {
    view! {
        <section class="card" aria-label="Add a platform by hand">
            <header class="card-head">
                <h2 class="card-title">"Add a platform by hand"</h2>
                <p class="card-text">"For those that do not register themselves: with what they show once the tool is added there."</p>
            </header>
            <details class="unfold">
                <summary class="button"><Glyph icon=Icon::Plus/> "Enter what it shows"</summary>
                {form(&PlatformLine::default(), "Add the platform")}
            </details>
        </section>
    }
    .into_any()
}

fn keys() -> AnyView {
    view! {
        <section class="card" aria-label="Key">
            <header class="card-head">
                <h2 class="card-title">"Key"</h2>
                <p class="card-text">"The portal signs what it tells platforms. With a new key the earlier ones stay published."</p>
            </header>
            <Form action="/sfn/platforms/key" class="form">
                <div class="form-actions"><Submit class="button" icon=Icon::Key>"Make a new key"</Submit></div>
            </Form>
        </section>
    }
    .into_any()
}

fn platform_card(platform: &PlatformLine) -> AnyView {
    let badge = match platform.on {
        true => Badge {
            state: "running".to_owned(),
            text: "On".to_owned(),
        },
        false => Badge {
            state: "stopped".to_owned(),
            text: "Off".to_owned(),
        },
    };
    let (on, switch, icon) = match platform.on {
        true => ("", "Switch off", Icon::X),
        false => ("on", "Switch on", Icon::Check),
    };
    let (switched, removed) = (platform.id.clone(), platform.id.clone());
    let added = platform
        .added_at
        .map(|at| view! { " · added " <Time at=at/> });
    let courses = platform.courses.iter().map(course).collect_view();
    let courses = (!platform.courses.is_empty()).then(|| view! { <ul class="rows">{courses}</ul> });
    let label = format!("More about {}", platform.name);
    let switch_label = format!("{switch} {}", platform.name);
    let remove_label = format!("Remove the platform {}", platform.name);
    let name = platform.name.clone();
    let heading = name.clone();
    view! {
        <section class="card" aria-label=name>
            <ul class="rows">
                <li class="row">
                    <div class="row-text">
                        <h2 class="card-title">{heading}</h2>
                        <span class="small muted">{platform.issuer.clone()} " · client " {platform.client_id.clone()} {added}</span>
                    </div>
                    <div class="row-actions">
                        <State badge=badge class="status status-plain"/>
                        <Form action="/sfn/platforms/switch" inline=true>
                            {hidden("platform", switched)}
                            {hidden("on", on)}
                            <Submit class="button button-small" icon=icon label=switch_label>{switch}</Submit>
                        </Form>
                        <details class="menu" name="menu">
                            <summary class="button button-quiet button-icon button-small" aria-label=label><Glyph icon=Icon::More/></summary>
                            <div class="menu-panel">
                                <p class="menu-head">"People from there cannot come any more. Labs, lists and accounts stay."</p>
                                <Form action="/sfn/platforms/remove">
                                    {hidden("platform", removed)}
                                    <Submit class="menu-item menu-item-danger" icon=Icon::Trash label=remove_label>"Remove the platform"</Submit>
                                </Form>
                            </div>
                        </details>
                    </div>
                </li>
            </ul>
            {courses}
            <details>
                <summary class="card-head">{format!("What is known of {}", platform.name)}</summary>
                {form(platform, "Save")}
            </details>
        </section>
    }
    .into_any()
}

fn course(line: &CourseLine) -> AnyView {
    let (course, lab) = (line.id.clone(), line.lab.clone());
    let href = format!("/labs/{lab}");
    let label = format!("Unlink {} from {}", line.title, line.lab_title);
    view! {
        <li class="row">
            <div class="row-text">
                <span>{line.title.clone()}</span>
                <span class="small muted">"leads to " <a href=href>{line.lab_title.clone()}</a></span>
            </div>
            <Form action="/sfn/platforms/unlink" inline=true>
                {hidden("course", course)}
                {hidden("lab", lab)}
                <Submit class="button button-small" icon=Icon::X label=label>"Unlink"</Submit>
            </Form>
        </li>
    }
    .into_any()
}

/// The form of a platform, with what is known of it.
fn form(platform: &PlatformLine, save: &'static str) -> AnyView {
    let platform = platform.clone();
    let (checked, new) = (platform.trusts_email, platform.id.is_empty());
    let label = match new {
        true => String::new(),
        false => format!("{save} {}", platform.name),
    };
    let key = platform.id.clone();
    let id = move |name: &str| format!("{name}-{key}");
    view! {
        <Form action="/sfn/platforms/save" class="form" inline=true reset=new>
            {hidden("platform", platform.id)}
            <Field name="name" id=id("name") label="Name" hint="What people here call it, such as “Moodle”." value=platform.name max=100/>
            <Field name="issuer" id=id("issuer") label="Issuer" hint="Also “Platform ID”; exactly as the platform says it." value=platform.issuer/>
            <Field name="client_id" id=id("client_id") label="Client ID" value=platform.client_id max=255/>
            {lines(
                "deployments",
                id("deployments"),
                "Deployment IDs",
                "One a line. Messages of other deployments are refused.",
                &platform.deployments,
            )}
            <Field
                name="authorization"
                id=id("authorization")
                label="Authentication request address"
                hint="Also “OIDC authorization endpoint”."
                kind="url"
                value=platform.authorization
            />
            <Field name="token" id=id("token") label="Access token address" kind="url" value=platform.token/>
            <Field name="audience" id=id("audience") label="Audience of access tokens" hint="Only where the platform names one, as Brightspace does." value=platform.audience max=255 optional=true/>
            <Field name="keys" id=id("keys") label="Public keyset address" hint="Also “JWKS URL”." kind="url" value=platform.keys/>
            {lines(
                "pages",
                id("pages"),
                "Addresses of the platform’s pages",
                "Where people use it, if that is another site than the above, such as https://school.instructure.com. Only these may show the portal’s pages in a frame.",
                &platform.pages,
            )}
            <label class="check">
                <input type="checkbox" name="trusts_email" value="on" checked=checked/>
                <span>"Its e-mail addresses are verified: whoever comes with an address has the account with it. Leave this off where people type their address themselves."</span>
            </label>
            <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check label=label>{save}</Submit></div>
        </Form>
    }
    .into_any()
}

/// A list, one item a line.
fn lines(
    name: &'static str,
    id: String,
    label: &'static str,
    hint: &'static str,
    text: &str,
) -> AnyView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <p class="hint" id=hint_id.clone()>{hint}</p>
            // The framework does not escape what is inside a textarea.
            <textarea class="input" id=id name=name rows="2" aria-describedby=hint_id inner_html=crate::escape(text)></textarea>
        </div>
    }
    .into_any()
}
