//! Cost: a lab's dashboard and the lab plan.

use serde::{Deserialize, Serialize};

use super::{Badge, EventView, HolidayView, Moment, ShutdownView};

/// The Dashboard tab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardView {
    /// The estimate in the order it is reckoned: quota hours, scheduled hours, hours per user, maximum
    /// users, adjusted quota, total hours, price per hour.
    pub estimate: Vec<FigureView>,
    /// “€ 412.00”: what the lab costs at most.
    pub maximum: String,
    /// “€ 96.40”.
    pub spent: String,
    /// “€ 310.00”: what it costs if it goes on like this.
    pub forecast: String,
    /// What the forecast rests on, or why there is none yet.
    pub forecast_note: String,
    /// The lab's budget, where it has one.
    pub budget: Option<BudgetView>,
    /// Whether the lab has a template.
    pub has_template: bool,
    /// When the template was made.
    pub template_made: Option<Moment>,
    /// When it was last published.
    pub published: Option<Moment>,
    /// Assigned, unassigned, running.
    pub pool: Vec<FigureView>,
    /// Registered, not yet registered.
    pub users: Vec<FigureView>,
    /// The next two events.
    pub next: Vec<EventView>,
    /// “and 12 more”, or empty.
    pub more_events: String,
    /// Running hours per day: counted, free.
    pub hours: ChartView,
    /// Cost per day.
    pub costs: ChartView,
    /// Who used most, the most first.
    pub people: Vec<BarView>,
}

/// A number with its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureView {
    /// “Quota hours”.
    pub label: String,
    /// “200 h”.
    pub value: String,
    /// “20 users at 10 h”, or empty.
    pub note: String,
}

/// A lab's budget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetView {
    /// “€ 96.40 of € 400.00”.
    pub text: String,
    /// How much is spent, in thousandths, at most 1000.
    pub spent: u32,
    /// `good`; `warning` from 80 %; `hold` when students have to wait; `open` when an educator let
    /// them start all the same.
    pub state: String,
    /// What that means, in a sentence.
    pub note: String,
    /// Whether the reader may let students start.
    pub may_let_start: bool,
}

/// Columns, one a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartView {
    /// What it says in a sentence, for those who do not see it: “42 hours in 14 days; most on …”.
    pub summary: String,
    /// What its highest line means: “20 h”.
    pub top: String,
    /// What the line half-way means: “10 h”.
    pub half: String,
    /// The names of a column's parts, from below: “Counted”, “Free”.
    pub parts: Vec<String>,
    /// The days.
    pub columns: Vec<ColumnView>,
}

/// One day of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnView {
    /// “Mon, 23 Nov”.
    pub label: String,
    /// “23”, or empty where there is no room.
    pub short: String,
    /// Each part's height, in thousandths of the highest line.
    pub heights: Vec<u32>,
    /// Each part in words: “4 h 10 min”.
    pub values: Vec<String>,
}

/// A line of a list with bars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarView {
    /// “Ada Lovelace”.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// “4 h 10 min”.
    pub value: String,
    /// How long it is, in thousandths of the longest.
    pub share: u32,
}

/// The lab plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// “EUR”.
    pub currency: String,
    /// Price of a GB for a month, as typed.
    pub storage_price: String,
    /// What all labs together may cost, as typed; empty for no limit.
    pub budget: String,
    /// What was spent of it, where there is one.
    pub spent: Option<BudgetView>,
    /// The sizes and their prices.
    pub sizes: Vec<PriceView>,
    /// For how many days deleted labs are kept, as typed.
    pub bin_days: String,
    /// What new labs begin with.
    pub shutdown: ShutdownView,
    /// Days without class, in order.
    pub holidays: Vec<HolidayView>,
    /// The newest mails, for those who may see how the system is.
    pub mail: Option<MailView>,
}

/// How mail is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Whether mails can go out at all.
    pub set_up: bool,
    /// The newest mails, the newest first.
    pub mails: Vec<MailLine>,
}

/// A mail, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailLine {
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// When it was written.
    pub written_at: Moment,
    /// “Sent”, “Waiting”, “Given up”.
    pub badge: Badge,
    /// Why it is not out.
    pub error: Option<String>,
    /// When it is tried again.
    pub due: Option<Moment>,
}

/// A size's price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceView {
    /// The size's name.
    pub size: String,
    /// “Small: 2 vCPU, 4 GiB memory”.
    pub title: String,
    /// Price of an hour, as typed.
    pub price: String,
}
