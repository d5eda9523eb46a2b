//! What users and groups have (RFC 7643): each attribute, and how it may be read, compared and changed.

use serde_json::{Value, json};

use crate::filter::AttrPath;

/// The schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// What organisations add to it.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// What kind of values an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Texts, of which case does not matter.
    Text,
    /// Texts, of which case matters.
    Exact,
    /// True or false.
    Bool,
    /// An instant.
    Time,
    /// The address of another resource.
    Reference,
    /// Base64.
    Binary,
    /// Several values with names.
    Complex(&'static [Attr]),
}

/// An attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub kind: Kind,
    /// Whether it has any number of them.
    pub multi: bool,
    /// Whether there must be one.
    pub required: bool,
    /// Whether only Lectern sets it.
    pub read_only: bool,
    /// Whether every answer has it.
    pub always: bool,
    /// Whether no two resources have the same.
    pub unique: bool,
    /// What it is.
    pub about: &'static str,
}

const fn attr(name: &'static str, kind: Kind, about: &'static str) -> Attr {
    Attr {
        name,
        kind,
        multi: false,
        required: false,
        read_only: false,
        always: false,
        unique: false,
        about,
    }
}

const fn text(name: &'static str, about: &'static str) -> Attr {
    attr(name, Kind::Text, about)
}

const fn multi(name: &'static str, parts: &'static [Attr], about: &'static str) -> Attr {
    Attr {
        multi: true,
        ..attr(name, Kind::Complex(parts), about)
    }
}

const fn read_only(attr: Attr) -> Attr {
    Attr {
        read_only: true,
        ..attr
    }
}

const NAME: &[Attr] = &[
    text("formatted", "The whole name, as it is shown."),
    text("familyName", "The family name."),
    text("givenName", "The given name."),
    text("middleName", "The middle names."),
    text("honorificPrefix", "What stands before the name."),
    text("honorificSuffix", "What stands behind the name."),
];

const VALUES: &[Attr] = &[
    text("value", "The value."),
    text("display", "The value as it is shown."),
    text("type", "What it is for, such as work or home."),
    attr("primary", Kind::Bool, "Whether it is the first to be used."),
];

const LINKS: &[Attr] = &[
    attr("value", Kind::Reference, "The address."),
    text("display", "The address as it is shown."),
    text("type", "What it is for."),
    attr("primary", Kind::Bool, "Whether it is the first to be used."),
];

const CERTIFICATES: &[Attr] = &[
    attr("value", Kind::Binary, "The certificate."),
    text("display", "The certificate as it is shown."),
    text("type", "What it is for."),
    attr("primary", Kind::Bool, "Whether it is the first to be used."),
];

const ADDRESSES: &[Attr] = &[
    text("formatted", "The whole address."),
    text("streetAddress", "Street and number."),
    text("locality", "The town."),
    text("region", "The region."),
    text("postalCode", "The postal code."),
    text("country", "The country."),
    text("type", "What it is for."),
    attr("primary", Kind::Bool, "Whether it is the first to be used."),
];

const GROUPS_OF_USER: &[Attr] = &[
    read_only(attr("value", Kind::Exact, "The group’s id.")),
    read_only(attr("$ref", Kind::Reference, "The group’s address.")),
    read_only(text("display", "What the group is called.")),
    read_only(text("type", "How somebody comes to be in it.")),
];

const MANAGER: &[Attr] = &[
    attr("value", Kind::Exact, "The manager’s id."),
    attr("$ref", Kind::Reference, "The manager’s address."),
    text("displayName", "The manager’s name."),
];

const MEMBERS: &[Attr] = &[
    attr("value", Kind::Exact, "The member’s id."),
    attr("$ref", Kind::Reference, "The member’s address."),
    text("display", "The member’s name."),
    text("type", "Always User."),
];

const META: &[Attr] = &[
    read_only(attr("resourceType", Kind::Exact, "What it is.")),
    read_only(attr("created", Kind::Time, "When it was made.")),
    read_only(attr(
        "lastModified",
        Kind::Time,
        "When it was changed last.",
    )),
    read_only(attr("location", Kind::Reference, "Where it is.")),
    read_only(attr("version", Kind::Exact, "Its version, for If-Match.")),
];

/// What every resource has.
const COMMON: &[Attr] = &[
    Attr {
        always: true,
        unique: true,
        ..read_only(attr("id", Kind::Exact, "Its id."))
    },
    attr("externalId", Kind::Exact, "The directory’s own id."),
    read_only(attr("meta", Kind::Complex(META), "About the resource.")),
    Attr {
        multi: true,
        always: true,
        ..read_only(attr("schemas", Kind::Exact, "Its schemas."))
    },
];

const USER_ATTRS: &[Attr] = &[
    Attr {
        required: true,
        unique: true,
        ..text("userName", "What the directory calls the user.")
    },
    attr("name", Kind::Complex(NAME), "The parts of the name."),
    text("displayName", "The name, as it is shown."),
    text("nickName", "What friends say."),
    attr("profileUrl", Kind::Reference, "A page about the user."),
    text("title", "The title, such as professor."),
    text("userType", "How the user belongs to the organisation."),
    text("preferredLanguage", "The language to write in."),
    text("locale", "How numbers and dates are written."),
    text("timezone", "The time zone."),
    attr("active", Kind::Bool, "Whether the user may sign in."),
    multi(
        "emails",
        VALUES,
        "E-mail addresses; the primary one, or else the first for work, is the account’s.",
    ),
    multi("phoneNumbers", VALUES, "Telephone numbers."),
    multi("ims", VALUES, "Addresses of instant messaging."),
    multi("photos", LINKS, "Pictures."),
    multi("addresses", ADDRESSES, "Postal addresses."),
    read_only(multi(
        "groups",
        GROUPS_OF_USER,
        "The groups that the user is in.",
    )),
    multi(
        "entitlements",
        VALUES,
        "What the directory lets the user do; Lectern only keeps it.",
    ),
    multi(
        "roles",
        VALUES,
        "The directory’s roles; Lectern only keeps them.",
    ),
    multi("x509Certificates", CERTIFICATES, "Certificates."),
];

const ENTERPRISE_ATTRS: &[Attr] = &[
    text("employeeNumber", "The number of the employee."),
    text("costCenter", "The cost centre."),
    text("organization", "The organisation."),
    text("division", "The division."),
    text("department", "The department."),
    attr("manager", Kind::Complex(MANAGER), "The manager."),
];

const GROUP_ATTRS: &[Attr] = &[
    Attr {
        required: true,
        ..text("displayName", "What the group is called.")
    },
    multi("members", MEMBERS, "Who is in it."),
];

/// One kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A user.
    User,
    /// A group.
    Group,
}

/// An attribute that a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The extension that it is in.
    pub extension: Option<&'static str>,
    /// The attribute.
    pub attr: &'static Attr,
    /// The part of it that is meant.
    pub sub: Option<&'static Attr>,
}

impl Attr {
    /// The parts of a complex attribute.
    pub fn parts(&self) -> &'static [Attr] {
        match self.kind {
            Kind::Complex(parts) => parts,
            _ => &[],
        }
    }

    fn described(&self) -> Value {
        let kind = match self.kind {
            Kind::Text | Kind::Exact => "string",
            Kind::Bool => "boolean",
            Kind::Time => "dateTime",
            Kind::Reference => "reference",
            Kind::Binary => "binary",
            Kind::Complex(_) => "complex",
        };
        let mut described = json!({
            "name": self.name,
            "type": kind,
            "multiValued": self.multi,
            "description": self.about,
            "required": self.required,
            "caseExact": self.is_exact(),
            "mutability": if self.read_only { "readOnly" } else { "readWrite" },
            "returned": if self.always { "always" } else { "default" },
            "uniqueness": if self.unique { "server" } else { "none" },
        });
        if let Kind::Complex(parts) = self.kind {
            described["subAttributes"] = parts.iter().map(Self::described).collect();
        }
        if self.kind == Kind::Reference {
            described["referenceTypes"] = json!(["external", "uri"]);
        }
        described
    }

    /// Whether case matters in its values.
    pub fn is_exact(&self) -> bool {
        matches!(self.kind, Kind::Exact | Kind::Reference | Kind::Binary)
    }
}

/// The attribute with this name, whatever its case.
pub fn named(attrs: &'static [Attr], name: &str) -> Option<&'static Attr> {
    attrs
        .iter()
        .find(|attr| attr.name.eq_ignore_ascii_case(name))
}

impl Resource {
    /// Its schema.
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Where those of its kind are.
    pub fn place(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// What it has of its own.
    pub fn attrs(self) -> &'static [Attr] {
        match self {
            Self::User => USER_ATTRS,
            Self::Group => GROUP_ATTRS,
        }
    }

    /// What extensions add.
    pub fn extensions(self) -> &'static [(&'static str, &'static [Attr])] {
        match self {
            Self::User => &[(ENTERPRISE, ENTERPRISE_ATTRS)],
            Self::Group => &[],
        }
    }

    /// The attribute with this name among its own and those that every resource has.
    pub fn attr(self, name: &str) -> Option<&'static Attr> {
        named(self.attrs(), name).or_else(|| named(COMMON, name))
    }

    /// The extension with this schema, whatever its case.
    pub fn extension(self, schema: &str) -> Option<(&'static str, &'static [Attr])> {
        let mut all = self.extensions().iter().copied();
        all.find(|(urn, _)| urn.eq_ignore_ascii_case(schema))
    }

    /// Where a path leads.
    pub fn find(self, path: &AttrPath) -> Option<Found> {
        let (extension, attr) = match &path.schema {
            None => (None, self.attr(&path.name)?),
            Some(schema) if schema.eq_ignore_ascii_case(self.schema()) => {
                (None, self.attr(&path.name)?)
            }
            Some(schema) => {
                let (urn, attrs) = self.extension(schema)?;
                (Some(urn), named(attrs, &path.name)?)
            }
        };
        let sub = match &path.sub {
            None => None,
            Some(sub) => Some(named(attr.parts(), sub)?),
        };
        Some(Found {
            extension,
            attr,
            sub,
        })
    }
}

/// The description of a schema; none where there is no such.
pub fn described(urn: &str, base: &str) -> Option<Value> {
    let (name, about, attrs) = match urn {
        USER => ("User", "Somebody with an account.", USER_ATTRS),
        ENTERPRISE => (
            "EnterpriseUser",
            "What organisations know of a user. Lectern only keeps it.",
            ENTERPRISE_ATTRS,
        ),
        GROUP => (
            "Group",
            "People whom labs can take their lists from.",
            GROUP_ATTRS,
        ),
        _ => return None,
    };
    Some(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn,
        "name": name,
        "description": about,
        "attributes": attrs.iter().map(Attr::described).collect::<Value>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{urn}") },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(resource: Resource, text: &str) -> Option<(Option<&'static str>, &'static str)> {
        let found = resource.find(&AttrPath::of(text).unwrap())?;
        Some((found.extension, found.sub.unwrap_or(found.attr).name))
    }

    #[test]
    fn paths_lead_to_attributes_whatever_their_case() {
        let user = Resource::User;
        assert_eq!(found(user, "USERNAME"), Some((None, "userName")));
        assert_eq!(found(user, "Name.familyname"), Some((None, "familyName")));
        assert_eq!(
            found(user, &format!("{USER}:emails.value")),
            Some((None, "value"))
        );
        assert_eq!(
            found(user, &format!("{ENTERPRISE}:manager.displayName")),
            Some((Some(ENTERPRISE), "displayName"))
        );
        for none in ["members", "name.colour", "userName.value", "x:userName"] {
            assert_eq!(found(user, none), None, "{none}");
        }
    }
}
