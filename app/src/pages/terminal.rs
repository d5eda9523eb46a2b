//! A terminal in the browser. The page is the frame; a module of its own does the rest.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::hours::stay;
use crate::ui::icon::{Glyph, Icon};
use crate::view::TerminalView;

/// The terminal of one machine.
pub fn terminal(machine: TerminalView) -> AnyView {
    let key = |label: &'static str, key: &'static str| {
        view! { <button class="key" type="button" data-terminal-key=key>{label}</button> }
    };
    view! {
        <Title text=machine.name.clone()/>
        <link rel="stylesheet" href="/assets/terminal.css"/>
        <div class="terminal-page" data-terminal-page="">
            <header class="terminal-bar">
                <a
                    class="button button-quiet button-icon button-small"
                    href=machine.back

                    aria-label="Leave the terminal"
                    title="Leave the terminal"
                >
                    <Glyph icon=Icon::ChevronLeft/>
                </a>
                <div class="terminal-name">
                    <h1>{machine.name}</h1>
                    " "
                    <span class="terminal-lab">{machine.title}</span>
                </div>
                <span class="status" data-state="reconnecting" data-terminal-status="" role="status">"Connecting"</span>
                <div class="terminal-tools">
                    <button class="button button-quiet button-small" type="button" data-terminal-font="-" aria-label="Smaller text">"A−"</button>
                    <button class="button button-quiet button-small" type="button" data-terminal-font="+" aria-label="Larger text">"A+"</button>
                    <button class="button button-quiet button-small" type="button" data-terminal-paste="" aria-label="Paste">
                        <Glyph icon=Icon::Paste/> <span class="button-label">"Paste"</span>
                    </button>
                </div>
            </header>
            <div class="terminal-notice" role="status" data-terminal-notice="" hidden=true>
                <Glyph icon=Icon::Clock/>
                <span data-terminal-notice-text=""></span>
                <div data-terminal-notice-stay="" hidden=true>{stay(&machine.machine)}</div>
            </div>
            <main class="terminal-main" id="main">
                <div class="terminal-screen" data-terminal="" data-machine=machine.machine></div>
                <div class="terminal-overlay" role="alert" data-terminal-overlay="" hidden=true>
                    <div class="terminal-message">
                        <h2 data-terminal-overlay-text="">"Connecting"</h2>
                        <div class="cluster">
                            <button class="button button-small" type="button" data-terminal-reconnect="">"Connect again"</button>
                        </div>
                    </div>
                </div>
            </main>
            <div class="terminal-keys" role="toolbar" aria-label="Keys">
                {key("Esc", "Escape")} {key("Tab", "Tab")} {key("Ctrl", "Control")} {key("←", "ArrowLeft")}
                {key("↓", "ArrowDown")} {key("↑", "ArrowUp")} {key("→", "ArrowRight")} {key("|", "|")} {key("/", "/")}
                {key("-", "-")} {key("~", "~")}
            </div>
            <script type="module" src="/assets/terminal.js" nonce=leptos::nonce::use_nonce()></script>
        </div>
    }
    .into_any()
}
