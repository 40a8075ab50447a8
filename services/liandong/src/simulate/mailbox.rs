//! An organization's inbox as an agent reads it: pulled when the driver says there is news.

use liandong_proto::dispatch::{Event, PullInboxRequest};

use crate::client::Services;

/// A place in an inbox.
#[derive(Debug)]
pub(super) struct Mailbox {
    services: Services,
    group: String,
    kinds: Vec<String>,
    cursor: String,
}

impl Mailbox {
    /// The inbox of the services' caller, for a reader called `group` who wants these kinds (none: all).
    pub(super) fn new(services: Services, group: &str, kinds: &[&str]) -> Self {
        let kinds = kinds.iter().map(|it| (*it).to_owned()).collect();
        Self {
            services,
            group: group.to_owned(),
            kinds,
            cursor: String::new(),
        }
    }

    /// Everything new. What was read before is acknowledged by the next reading.
    pub(super) async fn read(&mut self) -> Result<Vec<Event>, tonic::Status> {
        let mut news = vec![];
        loop {
            let request = PullInboxRequest {
                group: self.group.clone(),
                cursor: self.cursor.clone(),
                ack_through: self.cursor.clone(),
                max_events: 500,
                kinds: self.kinds.clone(),
                ..Default::default()
            };
            let page = self
                .services
                .inbox()
                .pull_inbox(request)
                .await?
                .into_inner();
            let (count, more) = (page.events.len(), page.backlog > 0);
            self.cursor = page.next_cursor;
            news.extend(page.events.into_iter().filter_map(|it| it.event));
            if count == 0 || !more {
                return Ok(news);
            }
        }
    }
}
