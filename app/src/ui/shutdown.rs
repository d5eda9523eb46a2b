//! When machines stop by themselves: the rules as fields of a form.

use leptos::prelude::*;

use super::form::{Field, radio};
use crate::view::ShutdownView;

/// The names that the fields are sent by.
struct Names {
    on_disconnect: &'static str,
    disconnect_delay: &'static str,
    not_connected: &'static str,
    no_connect_delay: &'static str,
    on_idle: &'static str,
    idle_delay: &'static str,
}

const OWN: Names = Names {
    on_disconnect: "shutdown_on_disconnect",
    disconnect_delay: "disconnect_delay",
    not_connected: "shutdown_when_not_connected",
    no_connect_delay: "no_connect_delay",
    on_idle: "shutdown_on_idle",
    idle_delay: "idle_delay",
};

const OF_A_LAB: Names = Names {
    on_disconnect: "lab[shutdown_on_disconnect]",
    disconnect_delay: "lab[disconnect_delay]",
    not_connected: "lab[shutdown_when_not_connected]",
    no_connect_delay: "lab[no_connect_delay]",
    on_idle: "lab[shutdown_on_idle]",
    idle_delay: "lab[idle_delay]",
};

/// The three rules. `in_lab` names them `lab[…]`, for the form of a new lab.
pub fn fields(rules: &ShutdownView, in_lab: bool) -> AnyView {
    let names = if in_lab { OF_A_LAB } else { OWN };
    view! {
        <fieldset class="fieldset">
            <legend class="legend">"Auto-shutdown"</legend>
            <p class="hint">
                "Stops machines that nobody uses, in class too. Five minutes before, their user is warned and can keep working with one click."
            </p>
            <div class="rules">
                {rule(
                    names.on_disconnect,
                    rules.on_disconnect,
                    "When users disconnect",
                    "The last terminal or client was closed, and nobody comes back.",
                    minutes(names.disconnect_delay, "disconnect_delay", &rules.disconnect_delay, "5", 0),
                )}
                {rule(
                    names.not_connected,
                    rules.not_connected,
                    "When users do not connect",
                    "The machine was started, by a schedule or a person, and nobody came.",
                    minutes(names.no_connect_delay, "no_connect_delay", &rules.no_connect_delay, "15", 1),
                )}
                {idle(&names, rules)}
            </div>
        </fieldset>
    }
    .into_any()
}

fn rule(
    name: &'static str,
    on: bool,
    title: &'static str,
    text: &'static str,
    minutes: AnyView,
) -> AnyView {
    view! {
        <div class="rule">
            <label class="check">
                <input type="checkbox" name=name value="on" checked=on/>
                <span>{title} <small>{text}</small></span>
            </label>
            <div class="rule-delay">{minutes}</div>
        </div>
    }
    .into_any()
}

fn idle(names: &Names, rules: &ShutdownView) -> AnyView {
    let chosen = match rules.on_idle.as_str() {
        "" => "None",
        chosen => chosen,
    };
    view! {
        <div class="rule">
            <fieldset class="fieldset">
                <legend>"When machines are idle"</legend>
                <div class="segments">
                    {radio(names.on_idle, "None", chosen, "Never")}
                    {radio(names.on_idle, "UserAbsence", chosen, "No input")}
                    {radio(names.on_idle, "LowUsage", chosen, "No input, low usage")}
                </div>
                <p class="hint">
                    "Input is keyboard and mouse. Low usage also waits until processor and disk have nothing to do, so that long computations finish."
                </p>
            </fieldset>
            <div class="rule-delay">{minutes(names.idle_delay, "idle_delay", &rules.idle_delay, "15", 1)}</div>
        </div>
    }
    .into_any()
}

fn minutes(
    name: &'static str,
    field: &'static str,
    value: &str,
    otherwise: &str,
    min: u32,
) -> AnyView {
    let value = if value.is_empty() { otherwise } else { value }.to_owned();
    view! { <Field name=name field=field label="Stop after" kind="number" value=value min=min max=59 loose=true suffix="minutes"/> }
        .into_any()
}
