//! An organization's inbox as an agent reads it: pulled when the driver says there is news.

use liandong_proto::dispatch::{Event, PullInboxRequest};

use crate::client::Services;

/// Acknowledged is every so many readings: the service writes acknowledgements down at its own pace and answers
/// only then, and an agent keeps its place itself.
const ACKNOWLEDGE_EVERY: u32 = 64;

/// A place in an inbox.
#[derive(Debug)]
pub(super) struct Mailbox {
    services: Services,
    group: String,
    kinds: Vec<String>,
    cursor: String,
    readings: u32,
}

impl Mailbox {
    /// The inbox of the services' caller, for a reader called `group` who wants these kinds (none: all).
    pub(super) fn new(services: Services, group: &str, kinds: &[&str]) -> Self {
        Self {
            services,
            group: group.to_owned(),
            kinds: kinds.iter().map(|it| (*it).to_owned()).collect(),
            cursor: String::new(),
            readings: 0,
        }
    }

    /// Everything new. Whoever could not read to the end begins again where he began.
    pub(super) async fn read(&mut self) -> Result<Vec<Event>, tonic::Status> {
        let (mut news, mut cursor) = (vec![], self.cursor.clone());
        loop {
            self.readings += 1;
            let acknowledges = self.readings.is_multiple_of(ACKNOWLEDGE_EVERY);
            let request = PullInboxRequest {
                group: self.group.clone(),
                cursor,
                ack_through: if acknowledges {
                    self.cursor.clone()
                } else {
                    String::new()
                },
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
            cursor = page.next_cursor;
            news.extend(page.events.into_iter().filter_map(|it| it.event));
            if count == 0 || !more {
                self.cursor = cursor;
                return Ok(news);
            }
        }
    }
}
