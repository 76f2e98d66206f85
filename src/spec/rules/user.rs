//! Rules about groups and users.
//!
//! AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>

use super::{Report, is_plain};
use crate::resource::Template;
use crate::spec::stack::{
    CustomAttribute, Invite, Password, PasswordSource, STANDARD_ATTRIBUTES, User, UserPool,
};
use crate::spec::{nearest, suggestion};

/// Attributes that Cognito sets by itself.
const SET_BY_COGNITO: &[&str] = &["sub", "identities"];

/// The most groups that a user can be in.
const GROUPS: usize = 100;

fn each(report: &mut Report<'_>, rule: impl Fn(&mut Report<'_>, &UserPool, &str, &User)) {
    let loaded = report.loaded;
    let Some(pool) = loaded.stack.pool() else { return };
    for (name, user) in loaded.stack.users() {
        rule(report, pool, name, &user.given);
    }
}

/// Names of groups, and the roles that they give.
pub fn groups(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (name, group) in loaded.stack.groups() {
        let role = group.given.role_arn.as_ref().filter(|role| is_plain(role));
        if let Some(role) = role.filter(|role| !is_role(role)) {
            let path = ["user_pool", "groups", name, "role_arn"];
            let message = format!("`{role}` is not the ARN of a role");
            report.rule("not-a-role").at(
                &path,
                message,
                "as `arn:aws:iam::123456789012:role/NAME`",
            );
        }
    }
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "iam", "", account, role]
        if account.len() == 12 && role.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}

/// Names, groups and passwords of users.
pub fn users(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let groups: Vec<&str> = loaded.stack.groups().map(|(key, _)| key.as_str()).collect();
    each(report, |report, pool, name, user| {
        let path = ["user_pool", "users", name];
        if let Some((rule, message, help)) = wrong_name(pool, name) {
            report.rule(rule).at_key(&path, message, help);
        }
        if user.groups.len() > GROUPS {
            let path = ["user_pool", "users", name, "groups"];
            let message = format!("{} groups; {GROUPS} at most", user.groups.len());
            report.rule("too-many-groups").at_key(&path, message, "a user can be in 100 groups");
        }
        for (index, group) in user.groups.iter().enumerate() {
            if !groups.contains(&group.as_str()) {
                let index = index.to_string();
                let path = ["user_pool", "users", name, "groups", &index];
                let help = suggestion(group, groups.clone())
                    .unwrap_or_else(|| "declare it under `groups`".to_owned());
                report.rule("unknown-group").at(
                    &path,
                    format!("there is no group `{group}`"),
                    help,
                );
            }
        }
        if let Some(password) = &user.password {
            self::password(report, &["user_pool", "users", name, "password"], password);
        }
        // The address is who the user is, so that another one is another user.
        let other = user.email.as_ref().filter(|email| is_plain(email) && *email != name);
        if has_email_as_name(pool, name)
            && let Some(email) = other
        {
            let message = format!("`{email}` is not the address that the user signs in with");
            let help = format!("write `{name}`, or leave it out: the key is the address");
            report.rule("another-address").at(
                &["user_pool", "users", name, "email"],
                message,
                help,
            );
        }
    });
}

/// A name is what people sign in with, where that is an address; where an address is another way to
/// sign in, no name may look like one. The rule that a name breaks, what is wrong, what to write.
///
/// AWS: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
fn wrong_name(pool: &UserPool, name: &str) -> Option<(&'static str, String, &'static str)> {
    let has = |list: &Option<Vec<String>>, wanted: &str| {
        list.iter().flatten().any(|attribute| attribute == wanted)
    };
    let is_email =
        name.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    let digits = name.strip_prefix('+');
    let is_phone =
        digits.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
    let (email, phone) =
        (has(&pool.username_attributes, "email"), has(&pool.username_attributes, "phone_number"));
    if (email || phone) && !(email && is_email || phone && is_phone) {
        let message = format!("`{name}` is not what people sign in with");
        let help = match (email, phone) {
            (true, false) => "write the user's e-mail address: `username_attributes` says so",
            (false, true) => {
                "write the phone number, as `+15551234567`: `username_attributes` says so"
            }
            _ => "write the e-mail address or the phone number: `username_attributes` says so",
        };
        return Some(("user-name-not-an-address", message, help));
    }
    let alias = (is_email && has(&pool.alias_attributes, "email"))
        || (is_phone && has(&pool.alias_attributes, "phone_number"));
    let message = || format!("the user name `{name}` looks like an alias");
    let help = "write another name, and the address as the user's `email` or `phone_number`";
    alias.then(|| ("user-name-like-alias", message(), help))
}

fn has_email_as_name(pool: &UserPool, name: &str) -> bool {
    let names = pool.username_attributes.iter().flatten();
    names.into_iter().any(|attribute| attribute == "email") && name.contains('@')
}

/// Attributes that users have exist and can be set.
pub fn attributes(report: &mut Report<'_>) {
    each(report, |report, pool, name, user| {
        let spelled = |(name, attribute): (&String, &CustomAttribute)| {
            let prefix = if attribute.developer_only_attribute { "dev:custom" } else { "custom" };
            format!("{prefix}:{name}")
        };
        let custom: Vec<String> = pool.custom_attributes.iter().map(spelled).collect();
        let settable =
            STANDARD_ATTRIBUTES.iter().copied().filter(|known| !SET_BY_COGNITO.contains(known));
        let known: Vec<&str> = settable.chain(custom.iter().map(String::as_str)).collect();
        for attribute in user.attributes.keys() {
            let path = ["user_pool", "users", name, "attributes", attribute];
            if SET_BY_COGNITO.contains(&attribute.as_str()) {
                let message = format!("`{attribute}` is set by Cognito alone");
                report.rule("attribute-of-cognito").at_key(&path, message, "remove it");
            } else if !known.contains(&attribute.as_str()) {
                let prefixed = format!("custom:{attribute}");
                let own = known.iter().copied().find(|known| *known == prefixed);
                let help = match own.or_else(|| nearest(attribute, known.iter().copied())) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "declare it under `custom_attributes`, and name it `custom:NAME` here"
                        .to_owned(),
                };
                report.rule("unknown-user-attribute").at_key(
                    &path,
                    format!("there is no attribute `{attribute}`"),
                    help,
                );
            }
        }
        let twice = [("email", &user.email), ("phone_number", &user.phone_number)];
        for (setting, _) in twice.into_iter().filter(|(_, value)| value.is_some()) {
            if user.attributes.contains_key(setting) {
                let path = ["user_pool", "users", name, "attributes", setting];
                let message = format!("`{setting}` stands twice");
                report.rule("attribute-twice").at_key(
                    &path,
                    message,
                    "remove it here: the user has it above",
                );
            }
        }
    });
}

/// An invitation brings a password of its own, and needs somewhere to go.
pub fn invitations(report: &mut Report<'_>) {
    each(report, |report, pool, name, user| {
        let Some(Invite(Some(invite))) = &user.invite else { return };
        let path = ["user_pool", "users", name, "invite"];
        if user.password.is_some() {
            let message = "an invitation and a password exclude each other";
            report.rule("invitation-beside-password").at(
                &path,
                message,
                "an invitation holds a temporary password; remove one",
            );
        }
        let has = |attribute: &str, given: &Option<String>| {
            given.is_some() || user.attributes.contains_key(attribute)
        };
        let email = has("email", &user.email) || has_email_as_name(pool, name);
        let phone = has("phone_number", &user.phone_number);
        match &invite.desired_delivery_mediums {
            None if !email && !phone => {
                let message = "an invitation needs an e-mail address or a phone number";
                report.rule("invitation-needs-address").at(&path, message, "add `email`");
            }
            None => {}
            Some(mediums) => {
                let is = |medium: &str| mediums.iter().any(|given| given == medium);
                for (medium, there, setting) in
                    [("EMAIL", email, "email"), ("SMS", phone, "phone_number")]
                {
                    if is(medium) && !there {
                        let message = format!("an invitation by {medium} needs `{setting}`");
                        report.rule("invitation-medium").at(
                            &path,
                            message,
                            format!("add `{setting}` to the user"),
                        );
                    }
                }
            }
        }
    });
}

/// A password is never written into the file.
fn password(report: &mut Report<'_>, path: &[&str], password: &Password) {
    let help = "write `{ env: NAME }` and set that variable, `{ env: NAME, else: generate }`, \
        or `${secret.NAME}`";
    match password {
        Password::Reference(text) => {
            let secret = Template::parse(text).is_ok_and(|template| {
                template.pieces().iter().any(crate::resource::Piece::is_secret)
            });
            if !secret {
                report.rule("password-in-file").at(
                    path,
                    "a password may not stand in the file",
                    help,
                );
            }
        }
        Password::Source(PasswordSource { env: None, otherwise: None }) => {
            report.rule("no-password-source").at(
                path,
                "this says nothing about the password",
                help,
            );
        }
        Password::Source(_) => {}
    }
}
