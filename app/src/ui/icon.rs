//! The icons of Lectern: own line drawings on a 24 px grid, in the colour of the text around them.

use leptos::prelude::*;

/// What an icon shows. The names say the thing drawn or the act meant, not where it is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    /// The mark of the product: an open book on a lectern.
    Logo,
    /// A board with three seats before it.
    Labs,
    /// A machine.
    Monitor,
    /// A text console.
    Terminal,
    /// Start.
    Play,
    /// Stop.
    Stop,
    /// Restart, refresh, try again.
    Restart,
    /// Back to the published image.
    Reimage,
    /// Delete.
    Trash,
    /// One person.
    User,
    /// Several people.
    Users,
    /// A registration link.
    Link,
    /// Copy to the clipboard.
    Copy,
    /// Paste from the clipboard.
    Paste,
    /// Done, good.
    Check,
    /// Close, dismiss.
    X,
    /// Mind this.
    Alert,
    /// Know this.
    Info,
    /// Settings.
    Settings,
    /// Add.
    Plus,
    /// A template: layers of an image.
    Template,
    /// Publish, upload.
    Publish,
    /// Take away as a file.
    Download,
    /// Back.
    ChevronLeft,
    /// Onwards.
    ChevronRight,
    /// Unfolds.
    ChevronDown,
    /// More actions.
    More,
    /// A machine with Linux: a penguin of our own.
    Linux,
    /// A machine with Windows: any window.
    Windows,
    /// Credentials.
    Key,
    /// Time, a schedule, a queue.
    Clock,
    /// Search.
    Search,
    /// Leave the session.
    SignOut,
    /// A folded navigation.
    Menu,
    /// Show what is hidden.
    Eye,
    /// Keyboard.
    Keyboard,
    /// Edit, rename.
    Pencil,
    /// E-mail.
    Mail,
    /// The size of letters.
    TextSize,
    /// Size of a machine.
    Cpu,
    /// Figures and charts.
    Chart,
    /// Days of a week.
    Calendar,
    /// What happened.
    History,
    /// Money.
    Coins,
    /// Take back.
    Undo,
}

impl Icon {
    /// The markup inside the `<svg>`.
    fn path(self) -> &'static str {
        match self {
            Self::Logo => {
                r#"<path d="M12 6.25 3.25 4v7.5L12 13.75l8.75-2.25V4zM12 6.25v7.5M10 13.25l-.75 7m4.75-7 .75 7M6.75 20.25h10.5"/>"#
            }
            Self::Labs => {
                r#"<rect x="3.5" y="3.75" width="17" height="9" rx="2"/><path d="M4.75 20.25v-.5a2.5 2.5 0 0 1 5 0v.5m4.5 0v-.5a2.5 2.5 0 0 1 5 0v.5"/>"#
            }
            Self::Monitor => {
                r#"<rect x="3" y="4.25" width="18" height="12" rx="2.25"/><path d="M12 16.25V20m-3.75 0h7.5"/>"#
            }
            Self::Terminal => {
                r#"<rect x="3" y="4.25" width="18" height="15.5" rx="2.5"/><path d="m7.25 9.25 3 2.75-3 2.75M12.75 15h4"/>"#
            }
            Self::Play => {
                r#"<path d="M7.5 5.7v12.6a1 1 0 0 0 1.54.84l9.7-6.3a1 1 0 0 0 0-1.68l-9.7-6.3a1 1 0 0 0-1.54.84z"/>"#
            }
            Self::Stop => r#"<rect x="5.75" y="5.75" width="12.5" height="12.5" rx="2.25"/>"#,
            Self::Restart => r#"<path d="M4.25 4.5v4.75H9M4.6 9.2a8 8 0 1 1-.5 4.3"/>"#,
            Self::Reimage => {
                r#"<path d="M4.25 4.5v4.75H9M4.6 9.2a8 8 0 1 1-.5 4.3"/><rect x="9.25" y="9.5" width="5.5" height="5.5" rx="1.25"/>"#
            }
            Self::Trash => {
                r#"<path d="M4.25 6.75h15.5M9 6.5V5.25c0-.8.7-1.5 1.5-1.5h3c.8 0 1.5.7 1.5 1.5V6.5M6.25 7l.8 11.4a2 2 0 0 0 2 1.85h5.9a2 2 0 0 0 2-1.85L17.75 7M10.25 11v5m3.5-5v5"/>"#
            }
            Self::User => {
                r#"<circle cx="12" cy="8" r="3.75"/><path d="M4.75 20.25a7.25 7.25 0 0 1 14.5 0"/>"#
            }
            Self::Users => {
                r#"<circle cx="9" cy="8.5" r="3.25"/><path d="M2.75 19.5a6.25 6.25 0 0 1 12.5 0M15.25 5.4a3.25 3.25 0 0 1 0 6.2m2.5 2.5a6.25 6.25 0 0 1 3.5 5.4"/>"#
            }
            Self::Link => {
                r#"<path d="M9.5 14.5l5-5M11.5 6.8l1.6-1.6a4 4 0 0 1 5.7 5.7l-1.6 1.6M12.5 17.2l-1.6 1.6a4 4 0 0 1-5.7-5.7l1.6-1.6"/>"#
            }
            Self::Copy => {
                r#"<rect x="8.5" y="8.5" width="12" height="12" rx="2.25"/><path d="M15.5 8.25V5.75a2.25 2.25 0 0 0-2.25-2.25h-7.5A2.25 2.25 0 0 0 3.5 5.75v7.5a2.25 2.25 0 0 0 2.25 2.25h2.5"/>"#
            }
            Self::Paste => {
                r#"<rect x="4.75" y="5" width="14.5" height="15.75" rx="2.25"/><path d="M9 3.25h6V7H9zM12 10.5v6M9.25 14 12 16.75 14.75 14"/>"#
            }
            Self::Check => r#"<path d="m4.75 12.75 4.75 4.5 9.75-10.5"/>"#,
            Self::X => r#"<path d="m6.25 6.25 11.5 11.5m0-11.5L6.25 17.75"/>"#,
            Self::Alert => {
                r#"<path d="m10.45 4.6-7.2 12.7a1.75 1.75 0 0 0 1.55 2.6h14.4a1.75 1.75 0 0 0 1.55-2.6l-7.2-12.7a1.78 1.78 0 0 0-3.1 0zM12 9.25v4.25m0 3.1v.02"/>"#
            }
            Self::Info => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11.25v5m0-8.55v.02"/>"#,
            Self::Settings => {
                r#"<path d="M3.5 7.75H12m5.5 0h3M3.5 16.25h3m5.5 0h8.5"/><circle cx="14.75" cy="7.75" r="2.75"/><circle cx="9.25" cy="16.25" r="2.75"/>"#
            }
            Self::Plus => r#"<path d="M12 5v14m-7-7h14"/>"#,
            Self::Template => {
                r#"<path d="m12 3.5 8.75 4.5L12 12.5 3.25 8zM3.25 12.25 12 16.75l8.75-4.5M3.25 16.25 12 20.75l8.75-4.5"/>"#
            }
            Self::Download => {
                r#"<path d="M12 4v11.25M7.25 11 12 15.75 16.75 11M4 14.75V18a2.25 2.25 0 0 0 2.25 2.25h11.5A2.25 2.25 0 0 0 20 18v-3.25"/>"#
            }
            Self::Publish => {
                r#"<path d="M12 15.5V4M7.25 8.5 12 3.75l4.75 4.75M4 14.75V18a2.25 2.25 0 0 0 2.25 2.25h11.5A2.25 2.25 0 0 0 20 18v-3.25"/>"#
            }
            Self::ChevronLeft => r#"<path d="M14.5 6l-6 6 6 6"/>"#,
            Self::ChevronRight => r#"<path d="M9.5 6l6 6-6 6"/>"#,
            Self::ChevronDown => r#"<path d="M6 9.5l6 6 6-6"/>"#,
            Self::More => r#"<path stroke-width="2.75" d="M5.5 12h.01m6.49 0h.01m6.49 0h.01"/>"#,
            Self::Linux => {
                r#"<path d="M12 2.9c-2.6 0-4 1.9-4 4.35 0 2.4-.5 3.25-1.7 5.25-.8 1.4-1.3 2.8-1.3 4.2 0 2.7 2.8 4.4 7 4.4s7-1.7 7-4.4c0-1.4-.5-2.8-1.3-4.2-1.2-2-1.7-2.85-1.7-5.25 0-2.45-1.4-4.35-4-4.35zM10.6 7.4v.02m2.8-.02v.02M11 10.25h2M8.75 20.3c-.7-2.9.4-5.2 3.25-6.3 2.85 1.1 3.95 3.4 3.25 6.3"/>"#
            }
            Self::Windows => {
                r#"<rect x="4" y="4" width="16" height="16" rx="2.25"/><path d="M12 4v16M4 12h16"/>"#
            }
            Self::Key => {
                r#"<circle cx="8" cy="15.75" r="4.25"/><path d="m11.1 12.8 8.4-8.3m-3.8 3.8 3 3"/>"#
            }
            Self::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7.25V12l3.25 2"/>"#,
            Self::Search => {
                r#"<circle cx="10.75" cy="10.75" r="6.5"/><path d="m15.5 15.5 4.75 4.75"/>"#
            }
            Self::SignOut => {
                r#"<path d="M13.5 4H6.75A2.25 2.25 0 0 0 4.5 6.25v11.5A2.25 2.25 0 0 0 6.75 20h6.75M10 12h10.25M16.5 8l4 4-4 4"/>"#
            }
            Self::Menu => r#"<path d="M4 6.75h16M4 12h16M4 17.25h16"/>"#,
            Self::Eye => {
                r#"<path d="M2.5 12C4.4 8.1 7.9 5.75 12 5.75S19.6 8.1 21.5 12c-1.9 3.9-5.4 6.25-9.5 6.25S4.4 15.9 2.5 12z"/><circle cx="12" cy="12" r="3"/>"#
            }
            Self::Keyboard => {
                r#"<rect x="2.5" y="5.75" width="19" height="12.5" rx="2.25"/><path d="M6.5 10h.02m3.65 0h.02m3.65 0h.02m3.65 0h.02M8.25 14.25h7.5"/>"#
            }
            Self::Pencil => {
                r#"<path d="m4.5 19.5.9-4.1L15.9 4.9a2.25 2.25 0 0 1 3.2 3.2L8.6 18.6zM13.75 7.05l3.2 3.2"/>"#
            }
            Self::Mail => {
                r#"<rect x="3" y="5" width="18" height="14" rx="2.25"/><path d="m3.75 7.5 8.25 6 8.25-6"/>"#
            }
            Self::TextSize => {
                r#"<path d="M2.75 18.5 8.25 5l5.5 13.5M4.7 13.75h7.1M15.25 18.5l3-7.5 3 7.5m-5-2.5h4"/>"#
            }
            Self::Chart => r#"<path d="M4 20.25h16M6.75 16.5v-5.25M12 16.5V5m5.25 11.5V8.5"/>"#,
            Self::Calendar => {
                r#"<rect x="3.5" y="5" width="17" height="15.25" rx="2.5"/><path d="M3.5 10h17M8 2.75v4.5m8-4.5v4.5"/>"#
            }
            Self::History => {
                r#"<path d="M4.25 4.5v4.75H9M4.6 9.2a8 8 0 1 1-.5 4.3M12 7.5V12l3.25 2"/>"#
            }
            Self::Coins => {
                r#"<ellipse cx="9.5" cy="6.75" rx="5.75" ry="2.5"/><path d="M3.75 6.75v5c0 1.4 2.6 2.5 5.75 2.5M3.75 11.75v5c0 1.4 2.6 2.5 5.75 2.5M15.25 6.75v3"/><ellipse cx="15.5" cy="12.75" rx="4.75" ry="2.1"/><path d="M10.75 12.75v4.9c0 1.2 2.1 2.1 4.75 2.1s4.75-.9 4.75-2.1v-4.9"/>"#
            }
            Self::Undo => {
                r#"<path d="M8.5 4.75 4 9.25l4.5 4.5M4.5 9.25h9.25a5.25 5.25 0 0 1 0 10.5H9"/>"#
            }
            Self::Cpu => {
                r#"<rect x="6" y="6" width="12" height="12" rx="2.25"/><rect x="10" y="10" width="4" height="4" rx=".75"/><path d="M9.5 6V3.25m5 2.75V3.25m-5 17.5V18m5 2.75V18M6 9.5H3.25M6 14.5H3.25m17.5-5H18m2.75 5H18"/>"#
            }
        }
    }
}

/// An icon. It is decorative: hidden from assistive technology; the text beside it, or the
/// `aria-label` of the button around it, carries the meaning.
///
/// `class` replaces the default `icon`, so keep that word in it: `icon icon-small`, `icon icon-large`.
#[component]
pub fn Glyph(
    /// Which one.
    icon: Icon,
    /// The classes of the `<svg>`.
    #[prop(default = "icon")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg
            class=class
            viewBox="0 0 24 24"
            width="20"
            height="20"
            aria-hidden="true"
            focusable="false"
            inner_html=icon.path()
        ></svg>
    }
}
