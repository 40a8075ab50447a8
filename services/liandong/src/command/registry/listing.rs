//! `liandong registry people|organizations`.

use liandong_proto::{registry::ListOrganizationsRequest, types::Role};

use crate::{
    client::ClientOptions,
    output::{Output, Table, messages, words},
};

/// Everybody.
pub(super) async fn people(client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let people = client.session()?.people().await?;
    let mut table = Table::new(["人员", "姓名", "单位", "角色"]);
    let mut rows = vec![];
    for it in &people {
        table.row([
            it.id.clone(),
            it.name.clone(),
            it.organization.clone(),
            it.role_names(),
        ]);
        rows.push(serde_json::json!({
            "person": it.id, "displayName": it.name, "organization": it.organization, "roles": it.role_names(),
        }));
    }
    output.json(&serde_json::json!({ "people": rows }));
    output.table(&table);
    Ok(())
}

/// Every organization.
pub(super) async fn organizations(client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut all = vec![];
    let mut page_token = String::new();
    loop {
        let request = ListOrganizationsRequest {
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let page = services
            .organizations()
            .list_organizations(request)
            .await?
            .into_inner();
        all.extend(page.organizations);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    output.json(&messages("organizations", "registry.v1.Organization", &all));
    let mut table = Table::new(["单位", "名称", "类别", "辖区", "上级"]);
    for it in &all {
        table.row([
            words::bare(&it.name).to_owned(),
            it.display_name.clone(),
            it.kind.clone(),
            words::bare(&it.area).to_owned(),
            words::bare(&it.parent).to_owned(),
        ]);
    }
    output.table(&table);
    Ok(())
}
