//! Resource ids in bodies: which plan, image or machine somebody means.

use domain::name::LabName;
use domain::resource::{ResourceGroup, ResourceName};

use crate::error::{ArmError, Result};

/// A resource id, taken apart: its group, and what comes after the provider.
struct Parts<'t> {
    group: ResourceGroup,
    rest: Vec<&'t str>,
}

fn wrong(target: &str, looks: &str) -> ArmError {
    ArmError::no_such(
        "LinkedResourceNotFound",
        target,
        format!("This is not a resource id of this installation; one looks like {looks}."),
    )
}

fn parts<'t>(text: &'t str, subscription: &str) -> Option<Parts<'t>> {
    let segments: Vec<&str> = text.trim().trim_matches('/').split('/').collect();
    let [first, id, groups, group, providers, provider, rest @ ..] = segments.as_slice() else {
        return None;
    };
    let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
    let ours = is(first, "subscriptions")
        && is(id, subscription)
        && is(groups, "resourceGroups")
        && is(providers, "providers")
        && is(provider, "Microsoft.LabServices");
    if !ours {
        return None;
    }
    Some(Parts {
        group: ResourceGroup::parse(group).ok()?,
        rest: rest.to_vec(),
    })
}

/// A plan's id.
///
/// # Errors
/// 400 when it is none.
pub fn plan(target: &str, text: &str, subscription: &str) -> Result<(ResourceGroup, ResourceName)> {
    let found = parts(text, subscription).and_then(|parts| match parts.rest.as_slice() {
        [kind, name] if kind.eq_ignore_ascii_case("labPlans") => {
            Some((parts.group, ResourceName::parse(name).ok()?))
        }
        _ => None,
    });
    found.ok_or_else(|| {
        let looks = format!("/subscriptions/{subscription}/resourceGroups/default/providers/Microsoft.LabServices/labPlans/default");
        wrong(target, &looks)
    })
}

/// An image's id: its plan's group and name, and its own name.
///
/// # Errors
/// 400 when it is none.
pub fn image(
    target: &str,
    text: &str,
    subscription: &str,
) -> Result<(ResourceGroup, ResourceName, ResourceName)> {
    let found = parts(text, subscription).and_then(|parts| match parts.rest.as_slice() {
        [kind, plan, images, name]
            if kind.eq_ignore_ascii_case("labPlans") && images.eq_ignore_ascii_case("images") =>
        {
            Some((
                parts.group,
                ResourceName::parse(plan).ok()?,
                ResourceName::parse(name).ok()?,
            ))
        }
        _ => None,
    });
    found.ok_or_else(|| {
        let looks = format!("/subscriptions/{subscription}/resourceGroups/default/providers/Microsoft.LabServices/labPlans/default/images/debian-12");
        wrong(target, &looks)
    })
}

/// A machine's id: its lab's group and name, and its own name.
///
/// # Errors
/// 400 when it is none.
pub fn machine(
    target: &str,
    text: &str,
    subscription: &str,
) -> Result<(ResourceGroup, LabName, ResourceName)> {
    let found = parts(text, subscription).and_then(|parts| match parts.rest.as_slice() {
        [kind, lab, machines, name]
            if kind.eq_ignore_ascii_case("labs")
                && machines.eq_ignore_ascii_case("virtualMachines") =>
        {
            Some((
                parts.group,
                LabName::parse(lab).ok()?,
                ResourceName::parse(name).ok()?,
            ))
        }
        _ => None,
    });
    found.ok_or_else(|| {
        let looks = format!("/subscriptions/{subscription}/resourceGroups/default/providers/Microsoft.LabServices/labs/python/virtualMachines/template");
        wrong(target, &looks)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_without_regard_to_case() {
        let id = "/SUBSCRIPTIONS/Ab/resourcegroups/G/Providers/microsoft.labservices/LABS/py/virtualmachines/Template";
        let (group, lab, machine) = machine("x", id, "aB").unwrap();
        assert_eq!(
            (group.as_str(), lab.as_str(), machine.as_str()),
            ("G", "py", "Template")
        );
        assert!(plan("x", id, "ab").is_err());
        assert!(image("x", "", "ab").is_err());
        assert!(machine_of_another(id).is_err());
    }

    fn machine_of_another(id: &str) -> Result<(ResourceGroup, LabName, ResourceName)> {
        machine("x", id, "other")
    }
}
