//! How single values are written: each rule as the description publishes it, and bodies are judged by.
//! They say exactly what the domain's parsers take, so that what fits the description is not refused.

use domain::credentials::RESERVED;
use domain::size::SIZES;
use domain::zone::TimeZone;
use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType,
    Type,
};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn pattern(pattern: impl Into<String>) -> Object {
    text().pattern(Some(pattern)).build()
}

/// Letters of both cases: resource ids are read without regard to it.
fn any_case(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' => {
                format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase())
            }
            '.' => r"\.".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

/// One line with something on it.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

/// Several lines.
const LINES: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";

/// A title.
pub fn title() -> Object {
    text()
        .min_length(Some(1))
        .max_length(Some(120))
        .pattern(Some(LINE))
        .build()
}

/// A description.
pub fn description() -> Object {
    text().max_length(Some(2000)).pattern(Some(LINES)).build()
}

/// Notes.
pub fn notes() -> Object {
    text().max_length(Some(1000)).pattern(Some(LINES)).build()
}

/// A location.
pub fn location() -> Object {
    text()
        .min_length(Some(1))
        .max_length(Some(100))
        .pattern(Some(r"^ *[A-Za-z0-9_.-][A-Za-z0-9_. -]*$"))
        .build()
}

/// Hours outside class: up to 9,999, in ISO 8601 or as hours with minutes.
const QUOTA: &str = r"P416D(T(?=[0-9])(0?[0-9]H|1[0-4]H)?([0-5]?[0-9]M)?([0-5]?[0-9]S)?|T15H)?|P([0-9]|[1-9][0-9]|[1-3][0-9]{2}|40[0-9]|41[0-5])D(T(?=[0-9])([01]?[0-9]H|2[0-3]H)?([0-5]?[0-9]M)?([0-5]?[0-9]S)?)?|PT(?=[0-9])([0-9]{1,3}H|[0-8][0-9]{3}H|9[0-8][0-9]{2}H|99[0-8][0-9]H|999[0-8]H)?([0-5]?[0-9]M)?([0-5]?[0-9]S)?|PT9999H|PT[0-9]{1,5}M|PT[0-9]{1,7}S|([0-9]|[1-9][0-9]|[1-3][0-9]{2}|40[0-9]|41[0-5])\.([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|[0-9]{1,3}:[0-5][0-9](:[0-5][0-9])?";

/// A quota.
pub fn quota() -> Object {
    pattern(format!("^({QUOTA})$"))
}

/// An additional quota, which may take away.
pub fn additional_quota() -> Object {
    pattern(format!("^-?({QUOTA})$"))
}

/// 0 to 59 minutes.
pub fn disconnect_delay() -> Object {
    pattern(r"^(PT[0-5]?[0-9]M(0?0S)?|PT0S|P0D|0?0:[0-5][0-9](:00)?)$")
}

/// 1 to 59 minutes.
pub fn delay() -> Object {
    pattern(r"^(PT(0?[1-9]|[1-5][0-9])M(0?0S)?|0?0:(0[1-9]|[1-5][0-9])(:00)?)$")
}

/// A date with a time of day, in the years 1970 to 2999; an offset is ignored.
pub fn date_time() -> Object {
    const YEAR: &str = "(19[7-9][0-9]|2[0-9]{3})";
    const LEAP: &str = "(19(7[26]|8[048]|9[26])|2[0-9](0[48]|[2468][048]|[13579][26])|2[048]00)";
    let long = format!("{YEAR}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])");
    let short = format!("{YEAR}-(0[469]|11)-(0[1-9]|[12][0-9]|30)");
    let february = format!("{YEAR}-02-(0[1-9]|1[0-9]|2[0-8])");
    let leap = format!("{LEAP}-02-29");
    pattern(format!(
        r"^({long}|{short}|{february}|{leap})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
    ))
}

/// The name of a time zone.
pub fn time_zone() -> Object {
    text()
        .max_length(Some(50))
        .enum_values(Some(TimeZone::names().iter().map(|name| json!(name))))
        .build()
}

/// Tags.
pub fn tags() -> Object {
    let name = text().min_length(Some(1)).max_length(Some(512)).build();
    let value = text().max_length(Some(256)).build();
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .max_properties(Some(50))
        .property_names(Some(name))
        .additional_properties(Some(AdditionalProperties::RefOr(value.into())))
        .build()
}

/// Tags as a change gives them: names with values, or words.
pub fn tags_change() -> Schema {
    let words = ArrayBuilder::new()
        .items(text().min_length(Some(1)).max_length(Some(512)))
        .max_items(Some(50))
        .build();
    Schema::OneOf(OneOfBuilder::new().item(tags()).item(words).build())
}

/// A size, by its name or its title.
pub fn sku_name() -> Object {
    let names: Vec<String> = SIZES
        .iter()
        .flat_map(|size| [any_case(size.name), any_case(size.title)])
        .collect();
    pattern(format!("^({})$", names.join("|")))
}

/// The name of an account on machines.
pub fn username() -> Object {
    pattern(format!(
        "^(?!({})$)(?!systemd-)[a-z_][a-z0-9_-]{{0,19}}$",
        RESERVED.join("|")
    ))
}

/// The password of an account on machines.
pub fn password() -> Object {
    text()
        .min_length(Some(8))
        .max_length(Some(123))
        .pattern(Some(r"^[^\x00-\x1f\x7f-\x9f]*$"))
        .build()
}

/// An e-mail address.
pub fn email() -> Object {
    const LABEL: &str = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    text()
        .min_length(Some(6))
        .max_length(Some(254))
        .pattern(Some(format!(
            r"^[A-Za-z0-9!#$%&'*+./=?^_`{{|}}~-]{{1,64}}@({LABEL}\.)+{LABEL}$"
        )))
        .build()
}

/// A name below a lab.
pub fn resource_name() -> Object {
    pattern(r"^[A-Za-z0-9_.()-]{1,100}$")
}

/// What a saved image is called.
pub fn image_name() -> Object {
    text()
        .min_length(Some(1))
        .max_length(Some(80))
        .pattern(Some(r"^ *[A-Za-z0-9_.-][A-Za-z0-9_. -]*$"))
        .build()
}

fn resource_id(rest: &str) -> Object {
    let name = "[A-Za-z0-9_.()-]";
    text()
        .min_length(Some(3))
        .max_length(Some(2000))
        .pattern(Some(format!(
            "^/{}/[^/]+/{}/{name}{{1,90}}/{}/{}/{rest}/?$",
            any_case("subscriptions"),
            any_case("resourceGroups"),
            any_case("providers"),
            any_case("Microsoft.LabServices"),
        )))
        .build()
}

/// A plan's resource id.
pub fn plan_id() -> Object {
    resource_id(&format!(
        "{}/[A-Za-z0-9_.()-]{{1,100}}",
        any_case("labPlans")
    ))
}

/// An image's resource id.
pub fn image_id() -> Object {
    resource_id(&format!(
        "{}/[A-Za-z0-9_.()-]{{1,100}}/{}/[A-Za-z0-9_.()-]{{1,100}}",
        any_case("labPlans"),
        any_case("images")
    ))
}

/// A machine's resource id.
pub fn machine_id() -> Object {
    resource_id(&format!(
        "{}/[A-Za-z0-9_][A-Za-z0-9_.-]{{0,99}}/{}/[A-Za-z0-9_.()-]{{1,100}}",
        any_case("labs"),
        any_case("virtualMachines")
    ))
}

#[cfg(test)]
mod tests {
    use domain::civil::parse_date_time;
    use domain::credentials::Username;
    use domain::email::Email;
    use domain::quota::{AdditionalQuota, UsageQuota};
    use domain::shutdown::{Delay, DisconnectDelay};
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;
    use crate::model::time::iso;

    fn pattern_of(schema: &Object) -> String {
        let value = serde_json::to_value(schema).unwrap();
        value["pattern"].as_str().unwrap().to_owned()
    }

    fn fits(schema: &Object, text: &str) -> bool {
        let value = serde_json::to_value(schema).unwrap();
        jsonschema::is_valid(&value, &json!(text))
    }

    #[test]
    fn the_official_examples_fit() {
        for (schema, text) in [
            (quota(), "PT10H"),
            (quota(), "P1DT6H"),
            (quota(), "P0D"),
            (quota(), "PT0S"),
            (quota(), "PT9999H"),
            (quota(), "P416DT15H"),
            (additional_quota(), "20:00"),
            (additional_quota(), "-PT5H"),
            (delay(), "PT5M"),
            (disconnect_delay(), "P0D"),
            (date_time(), "2020-05-26T12:00:00Z"),
            (date_time(), "2024-02-29T09:00:00.000Z"),
            (sku_name(), "medium"),
            (username(), "test-user"),
            (email(), "testuser@contoso.com"),
            (time_zone(), "America/Los_Angeles"),
            (image_name(), "Test Image"),
        ] {
            assert!(fits(&schema, text), "{text}");
        }
        for (schema, text) in [
            (quota(), "PT10000H"),
            (quota(), "PT"),
            (quota(), "P"),
            (quota(), "-PT5H"),
            (delay(), "PT60M"),
            (date_time(), "2023-02-29T09:00:00Z"),
            (date_time(), "2100-02-29T09:00:00Z"),
            (username(), "root"),
            (email(), "a@b"),
            (title(), "   "),
        ] {
            assert!(!fits(&schema, text), "{text}");
        }
    }

    /// Whatever fits a rule is taken by the domain's parser. Look-ahead is beyond the generator of
    /// texts, so those rules are tried with texts of their alphabet.
    #[test]
    fn what_fits_is_taken() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        type Taken = fn(&str) -> bool;
        let rules: [(Object, &str, Taken); 7] = [
            (
                quota(),
                "(P([0-9]{1,3}D)?(T([0-9]{1,5}H)?([0-9]{1,5}M)?([0-9]{1,7}S)?)?|[0-9]{1,3}(\\.[0-9]{1,2})?:[0-9]{2}(:[0-9]{2})?)",
                |t| iso("q", t).and_then(|t| UsageQuota::parse(&t)).is_ok(),
            ),
            (
                additional_quota(),
                "-?(P([0-9]{1,3}D)?(T([0-9]{1,4}H)?([0-9]{1,2}M)?)?|[0-9]{1,3}:[0-9]{2})",
                |t| iso("q", t).and_then(|t| AdditionalQuota::parse(&t)).is_ok(),
            ),
            (delay(), "(PT[0-9]{1,2}M(0S)?|0:[0-9]{2})", |t| {
                iso("d", t).and_then(|t| Delay::parse("d", &t)).is_ok()
            }),
            (
                disconnect_delay(),
                "(PT[0-9]{1,2}[MS]|P0D|0:[0-9]{2})",
                |t| {
                    iso("d", t)
                        .and_then(|t| DisconnectDelay::parse("d", &t))
                        .is_ok()
                },
            ),
            (
                date_time(),
                "[12][09][0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{3})?(Z|\\+02:00)?",
                |t| parse_date_time("t", t).is_ok(),
            ),
            (username(), "[a-z_][a-z0-9_-]{0,19}", |t| {
                Username::parse("u", t).is_ok()
            }),
            (
                email(),
                "[a-z.!#]{1,8}@([a-zA-Z0-9-]{1,6}\\.){1,3}[a-z-]{1,4}",
                |t| Email::parse(t).is_ok(),
            ),
        ];
        for (schema, texts, taken) in rules {
            let pattern = pattern_of(&schema);
            let strategy = string_regex(texts).unwrap();
            runner
                .run(&strategy, |text| {
                    if fits(&schema, &text) {
                        prop_assert!(taken(&text), "{} fits {}", text, pattern);
                    }
                    Ok(())
                })
                .unwrap();
        }
    }
}
