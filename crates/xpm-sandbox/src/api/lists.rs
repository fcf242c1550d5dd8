//! The short lists of a practice: staff, job templates, categories.

use super::{Answer, Call, fields, render};
use crate::wire::Node;
use crate::world::World;

pub(super) fn staff(world: &World) -> Vec<Node> {
    vec![Node::List(
        "StaffList",
        world.staff().iter().map(render::staff).collect(),
    )]
}

pub(super) fn staff_member(world: &World, call: &Call) -> Answer {
    let uuid = fields::uuid("staff", call.argument())?;
    let found = world
        .staff_member(uuid)
        .ok_or_else(|| fields::invalid("staff"))?;
    Ok(vec![render::staff(found)])
}

/// UUIDs and names alone: what a template holds cannot be read.
pub(super) fn templates(world: &World) -> Vec<Node> {
    let each = world.templates().iter();
    let rows = each.map(|row| render::named("Template", row.uuid, &row.name));
    vec![Node::List("Templates", rows.collect())]
}

pub(super) fn categories(world: &World) -> Vec<Node> {
    let each = world.categories().iter();
    let rows = each.map(|row| render::named("Category", row.uuid, &row.name));
    vec![Node::List("Categories", rows.collect())]
}
