//! Pages for people who come from a learning platform, shown in a frame of it or in a window, before
//! there is a session; and the one on the way to another site. Each is a document of its own without the browser part, as the portal's other
//! pages cannot be framed and know people by a cookie that frames do not have.

use leptos::prelude::*;

/// A page, before it is written.
pub struct LtiPage {
    /// The title, which is its heading as well.
    pub title: String,
    /// What it says, in one sentence or a few.
    pub text: String,
    /// What there is to do.
    pub act: Act,
}

/// What there is to do on a page.
pub enum Act {
    /// Nothing.
    Nothing,
    /// A button that opens a window here with a ticket.
    Window {
        /// The address on this site.
        action: &'static str,
        /// The ticket.
        ticket: String,
        /// The button.
        label: &'static str,
    },
    /// A link that begins anew in a window.
    Again(String),
    /// Choosing one of several labs, each with its id and title.
    Choose {
        /// The ticket.
        ticket: String,
        /// The labs.
        labs: Vec<(String, String)>,
        /// The ticket to the page for a new lab, where the person may make one.
        create: Option<String>,
        /// Whether nothing may be chosen, which the platform is told then.
        cancel: bool,
    },
    /// Sending a signed answer to the platform, at once where scripts run.
    Send {
        /// Where to.
        address: String,
        /// The answer.
        token: String,
    },
    /// Going on to another site.
    Leave(String),
    /// Telling the platform's page that this one has nothing left to do.
    Close,
}

/// Sends the only form of the page.
const SEND: &str = "document.forms[0].submit()";

/// Tells the page around, or the one that opened this, to close it (LTI Dynamic Registration 1.0, 3.9).
const CLOSE: &str =
    "(window.opener||window.parent).postMessage({subject:'org.imsglobal.lti.close'},'*')";

/// Writes the document; `nonce` is the one that the answer's policy lets scripts run by.
pub fn document(page: LtiPage, nonce: &str) -> String {
    let script = match page.act {
        Act::Send { .. } => Some(SEND),
        Act::Close => Some(CLOSE),
        _ => None,
    };
    let script = script.map_or_else(String::new, |script| {
        format!("<script nonce=\"{nonce}\">{script}</script>")
    });
    let title = crate::escape(&page.title);
    let body = Owner::new_root(None).with(|| {
        let heading = page.title.clone();
        let view = view! {
            <div class="auth">
                <main class="auth-main" id="main">
                    <div class="card auth-card">
                        <header class="auth-head">
                            <h1>{heading}</h1>
                            <p>{page.text}</p>
                        </header>
                        {act(page.act)}
                    </div>
                </main>
            </div>
        };
        view.to_html()
    });
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Lectern</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/pkg/lectern.css\"></head><body>{body}{script}</body></html>"
    )
}

fn act(act: Act) -> AnyView {
    match act {
        Act::Nothing | Act::Close => ().into_any(),
        Act::Window {
            action,
            ticket,
            label,
        } => window(action, ticket, label, "button button-primary button-wide"),
        Act::Again(address) => view! {
            <a class="button button-primary button-wide" href=address target="_blank" rel="noopener">"Open in a window of its own"</a>
        }
        .into_any(),
        Act::Leave(address) => view! {
            <a class="button button-primary button-wide" href=address>"Go on"</a>
        }
        .into_any(),
        Act::Choose {
            ticket,
            labs,
            create,
            cancel,
        } => choose(ticket, labs, create, cancel),
        Act::Send { address, token } => view! {
            <form method="post" action=address>
                <input type="hidden" name="JWT" value=token/>
                <button type="submit" class="button button-primary button-wide">"Back to the course"</button>
            </form>
        }
        .into_any(),
    }
}

fn window(
    action: &'static str,
    ticket: String,
    label: &'static str,
    class: &'static str,
) -> AnyView {
    view! {
        <form method="post" action=action target="_blank">
            <input type="hidden" name="ticket" value=ticket/>
            <button type="submit" class=class>{label}</button>
        </form>
    }
    .into_any()
}

fn choose(
    ticket: String,
    labs: Vec<(String, String)>,
    create: Option<String>,
    cancel: bool,
) -> AnyView {
    let again = ticket.clone();
    let form = (!labs.is_empty()).then(|| {
        let options = labs
            .into_iter()
            .map(|(id, title)| view! { <option value=id>{title}</option> })
            .collect_view();
        view! {
            <form method="post" action="/lti/choose" class="form">
                <input type="hidden" name="ticket" value=ticket/>
                <div class="field">
                    <label class="label" for="lab">"Lab"</label>
                    <select class="input select" id="lab" name="lab">{options}</select>
                </div>
                <button type="submit" class="button button-primary button-wide">"Use this lab"</button>
            </form>
        }
    });
    let create = create.map(|ticket| {
        let hint = "Once it is made, open this link in your course again.";
        view! {
            <div class="auth-foot">
                {window("/lti/enter", ticket, "Make a new lab", "button button-wide")}
                <p class="small muted">{hint}</p>
            </div>
        }
    });
    let cancel = cancel.then(|| {
        view! {
            <form method="post" action="/lti/choose" class="auth-foot">
                <input type="hidden" name="ticket" value=again/>
                <button type="submit" class="button button-quiet button-small">"Choose nothing"</button>
            </form>
        }
    });
    view! { {form} {create} {cancel} }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_typed_is_text() {
        let page = LtiPage {
            title: "</title><script>1</script>".to_owned(),
            text: "<b>".to_owned(),
            act: Act::Choose {
                ticket: "\"><i>".to_owned(),
                labs: vec![("\"><i>".to_owned(), "<script>2</script>".to_owned())],
                create: None,
                cancel: true,
            },
        };
        let text = document(page, "n");
        for tag in ["<script>", "<b>", "<i>", "</title><"] {
            assert!(!text.contains(tag) || tag == "</title><", "{tag}: {text}");
        }
        assert!(!text.contains("</title><script"), "{text}");
    }
}
