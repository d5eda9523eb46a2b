//! Making a lab: name and image, credentials, template.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::shutdown;
use crate::ui::written::{kept_part, row};
use crate::view::{LabOptions, WrittenView};

/// Writes the form of a new lab.
pub fn write(options: &LabOptions) -> WrittenView {
    WrittenView {
        title: "New lab".to_owned(),
        events: "/events/system".to_owned(),
        address: String::new(),
        card: false,
        rows: vec![
            row("written-head", vec![kept_part(head)]),
            row("stack", vec![kept_part(|| form(options.clone()))]),
        ],
    }
}

fn head() -> AnyView {
    view! {
        <header class="page-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href="/labs"><Glyph icon=Icon::ChevronLeft/> "My labs"</a>
            </nav>
            <div class="page-head-text">
                <h1>"New lab"</h1>
                <p class="page-subtitle">"Image, size and accounts stay as they are once the lab is made; the rest can change."</p>
            </div>
        </header>
    }
    .into_any()
}

fn form(options: LabOptions) -> AnyView {
    let no_images = options.images.is_empty().then(|| {
        view! {
            <div class="notice notice-warning" role="status">
                <Glyph icon=Icon::Info/>
                <div class="notice-body">
                    <p>"The machine host has no image to make machines from. An administrator can add one there."</p>
                </div>
            </div>
        }
    });
    let choose = |name: &'static str, options: Vec<(String, String)>, chosen: usize| {
        let option = move |(index, (value, title)): (usize, (String, String))| {
            view! { <option value=value selected=index == chosen>{title}</option> }
        };
        view! {
            <select class="input select" id=name.replace(['[', ']'], "-") name=name>
                {options.into_iter().enumerate().map(option).collect_view()}
            </select>
        }
    };
    let policies = policies(&options);
    let plan = (!options.plans.is_empty()).then(|| {
        view! {
            <div class="field">
                <label class="label" for="lab-plan-">"Lab plan"</label>
                {choose("lab[plan]", options.plans, 0)}
            </div>
        }
    });
    view! {
        {no_images}
        <Form action="/sfn/labs/create" class="card form" inline=true>
            <Field name="lab[title]" field="title" label="Name" hint="Students read it on their machine’s tile." max=120 focus=true/>
            <div class="field">
                <label class="label" for="lab-description-">
                    "Description " <span class="optional">"optional"</span>
                </label>
                <textarea class="input" id="lab-description-" name="lab[description]" rows="2" maxlength="2000"></textarea>
            </div>
            {plan}
            <div class="form-row">
                <div class="field">
                    <label class="label" for="lab-image-">"Virtual machine image"</label>
                    {choose("lab[image]", options.images, 0)}
                </div>
                <div class="field">
                    <label class="label" for="lab-size-">"Virtual machine size"</label>
                    {choose("lab[size]", options.sizes, 1)}
                </div>
            </div>
            <Field
                name="lab[capacity]"
                field="capacity"
                label="Number of virtual machines"
                hint="One for each student. You can change it at any time."
                kind="number"
                value="10"
                min=0
                max=400
            />
            <fieldset class="fieldset">
                <legend class="legend">"Template"</legend>
                <div class="choices">
                    <label class="choice">
                        <input type="radio" name="lab[create_option]" value="TemplateVM" checked=true/>
                        <span class="choice-title">"Create a template virtual machine"</span>
                        <span class="choice-text">"Prepare one machine with everything the course needs; every student gets a copy."</span>
                    </label>
                    <label class="choice">
                        <input type="radio" name="lab[create_option]" value="Image"/>
                        <span class="choice-title">"Use the image without customisation"</span>
                        <span class="choice-text">"Every student starts from the image as it is."</span>
                    </label>
                </div>
            </fieldset>
            {policies}
            <fieldset class="fieldset">
                <legend class="legend">"Credentials on the machines"</legend>
                <div class="form-row">
                    <Field name="lab[username]" field="username" label="Username" value="student" max=20 autocomplete="off"/>
                    <Field
                        name="lab[password]"
                        field="password"
                        label="Password"
                        hint="8 to 123 characters."
                        kind="password"
                        max=123
                        autocomplete="new-password"
                    />
                </div>
                <label class="check">
                    <input type="checkbox" name="lab[shared_password]" value="on" checked=true/>
                    <span>
                        "Use the same password on all virtual machines"
                        <small>" Otherwise every machine gets its own, which its student sees on the machine’s tile."</small>
                    </span>
                </label>
                <details>
                    <summary>"Give students an account without administrator rights"</summary>
                    <p class="hint">"The account above then stays yours; students work with this one."</p>
                    <div class="form-row">
                        <Field name="lab[non_admin_username]" field="non_admin_username" label="Username" max=20 optional=true/>
                        <Field
                            name="lab[non_admin_password]"
                            field="non_admin_password"
                            label="Password"
                            kind="password"
                            max=123
                            optional=true
                            autocomplete="new-password"
                        />
                    </div>
                </details>
            </fieldset>
            <div class="form-actions">
                <Submit class="button button-primary" icon=Icon::Check>"Make the lab"</Submit>
                <a class="button button-quiet" href="/labs">"Cancel"</a>
            </div>
        </Form>
    }
    .into_any()
}

/// How long machines may run, and when they stop by themselves.
fn policies(options: &LabOptions) -> AnyView {
    view! {
        <fieldset class="fieldset">
            <legend class="legend">"Hours"</legend>
            <Field
                name="lab[quota]"
                field="quota"
                label="Quota per user"
                hint="How long each user may run a machine outside class. 0 makes machines available during classes only."
                value=options.quota.clone()
                min=0
                max=9999
                parts=true
                suffix="hours"
            />
        </fieldset>
        {shutdown::fields(&options.shutdown, true)}
    }
    .into_any()
}
