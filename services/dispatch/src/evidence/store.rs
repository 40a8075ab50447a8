//! Bytes, in a folder or an S3-compatible store.
//!
//! ```text
//! uploads/{district}/{upload}-{attempt}/{offset}   segments, written once each
//! blobs/{district}/{ab}/{sha256}                   originals and copies for others
//! ```
//!
//! A write that is answered is durable: the folder syncs file and directory, S3 promises it. A segment is created, never
//! replaced, so of two streams of one upload only one goes on.

use std::{fs, ops::Range, sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    ObjectStore, ObjectStoreExt, PutMode, PutOptions, RetryConfig,
    aws::AmazonS3Builder,
    local::LocalFileSystem,
    path::{Path, PathPart},
    prefix::PrefixStore,
};
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{EvidenceConfig, examine::Limits};
use crate::domain::{ContentHash, EvidenceId};

/// Uploads taken at once; each holds a segment in memory.
const UPLOADS_AT_ONCE: usize = 16;

/// Why bytes could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The store does not answer or fails.
    #[error("the evidence store")]
    Away(#[source] object_store::Error),
    /// Another stream has written from this offset.
    #[error("somebody else was quicker")]
    Taken,
    /// What the setting names is no store.
    #[error("no evidence store at `{0}`: {1}")]
    Setting(String, String),
}

/// Where an attempt to upload puts its segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whose.
    pub(crate) district: String,
    /// Which upload.
    pub(crate) id: EvidenceId,
    /// Which attempt.
    pub(crate) attempt: u32,
}

/// What is durable of an upload: segments one after the other from 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segments {
    paths: Vec<Path>,
    /// How many bytes.
    pub(crate) end: u64,
}

/// The store. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    /// Room for streams that upload.
    pub(crate) uploads: Arc<Semaphore>,
    /// One file is looked into at a time, and none while what nobody needs is removed.
    pub(crate) looking: Arc<Semaphore>,
    /// What pictures may be.
    pub(crate) limits: Limits,
    /// The longest file.
    pub(crate) bytes_max: i64,
    /// The most bytes an organization uploads in a day.
    pub(crate) daily_bytes: i64,
}

impl Store {
    /// Opens the store; a folder is made if it is not there.
    pub(crate) fn open(config: &EvidenceConfig) -> Result<Store, StoreError> {
        let at = &config.evidence_store;
        let wrong = |why: &dyn std::fmt::Display| StoreError::Setting(at.clone(), why.to_string());
        let objects: Arc<dyn ObjectStore> = match at.strip_prefix("s3://") {
            Some(rest) => {
                // One provider of cryptography in the whole process; a second installation changes nothing.
                rustls::crypto::ring::default_provider()
                    .install_default()
                    .ok();
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let retry = RetryConfig {
                    max_retries: 3,
                    retry_timeout: Duration::from_secs(20),
                    ..RetryConfig::default()
                };
                let s3 = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_retry(retry)
                    .build();
                Arc::new(PrefixStore::new(s3.map_err(|it| wrong(&it))?, prefix))
            }
            None if at.contains("://") => return Err(wrong(&"neither a folder nor s3://bucket")),
            None => {
                fs::create_dir_all(at).map_err(|it| wrong(&it))?;
                let folder = LocalFileSystem::new_with_prefix(at).map_err(|it| wrong(&it))?;
                Arc::new(folder.with_fsync(true).with_automatic_cleanup(true))
            }
        };
        Ok(Store {
            objects,
            uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
            looking: Arc::new(Semaphore::new(1)),
            limits: Limits {
                pixels_max: config.evidence_pixels_max.into(),
            },
            bytes_max: config.evidence_bytes_max.into(),
            daily_bytes: i64::try_from(config.evidence_daily_bytes).unwrap_or(i64::MAX),
        })
    }

    /// What is durable of an upload.
    pub(crate) async fn segments(&self, place: &Place) -> Result<Segments, StoreError> {
        let listed = self.objects.list(Some(&place.folder()));
        let mut found: Vec<_> = listed.try_collect().await.map_err(StoreError::Away)?;
        found.sort_by(|a, b| a.location.cmp(&b.location)); // offsets have leading zeros
        let mut segments = Segments::default();
        for it in found {
            // One that does not begin where the last one ends belongs to no stream that was answered.
            if it.location == place.segment(segments.end) {
                segments.end += it.size;
                segments.paths.push(it.location);
            }
        }
        Ok(segments)
    }

    /// Makes bytes of an upload durable, unless somebody else has from this offset.
    pub(crate) async fn append(
        &self,
        place: &Place,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        let create = PutOptions::from(PutMode::Create);
        let path = place.segment(offset);
        match self.objects.put_opts(&path, bytes.into(), create).await {
            Ok(_) => Ok(()),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Err(StoreError::Taken),
            Err(error) => Err(StoreError::Away(error)),
        }
    }

    /// The bytes of an upload.
    pub(crate) async fn whole(&self, segments: &Segments) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::with_capacity(usize::try_from(segments.end).unwrap_or_default());
        for path in &segments.paths {
            let part = self.objects.get(path).await.map_err(StoreError::Away)?;
            bytes.extend_from_slice(&part.bytes().await.map_err(StoreError::Away)?);
        }
        Ok(bytes)
    }

    /// Removes what was uploaded.
    pub(crate) async fn discard(&self, place: &Place) -> Result<(), StoreError> {
        self.remove_under(&place.folder()).await
    }

    /// Keeps bytes under their hash. Written even if they are there: then they are durable, and young.
    pub(crate) async fn keep(
        &self,
        district: &str,
        bytes: Bytes,
    ) -> Result<ContentHash, StoreError> {
        let content = hash(&bytes);
        let path = blob(district, &content);
        let put = self.objects.put(&path, bytes.into()).await;
        put.map_err(StoreError::Away)?;
        Ok(content)
    }

    /// Some of the bytes kept under a hash.
    pub(crate) async fn read(
        &self,
        district: &str,
        content: &ContentHash,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let options = object_store::GetOptions::new().with_range(Some(range));
        let path = blob(district, content);
        let found = self.objects.get_opts(&path, options).await;
        let found = found.map_err(StoreError::Away)?;
        Ok(found.into_stream().map_err(StoreError::Away).boxed())
    }

    /// The store itself, for what removes things.
    pub(super) fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.objects
    }

    /// Removes everything in a folder.
    pub(super) async fn remove_under(&self, folder: &Path) -> Result<(), StoreError> {
        let listed = self.objects.list(Some(folder));
        let paths = listed.map_ok(|it| it.location).boxed();
        let removed = self.objects.delete_stream(paths);
        let gone = removed.try_for_each(|_| async { Ok(()) }).await;
        match gone {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::Away(error)),
        }
    }
}

impl Place {
    fn folder(&self) -> Path {
        let folder = format!("{}-{}", self.id, self.attempt);
        parts(["uploads", &self.district, &folder])
    }

    fn segment(&self, offset: u64) -> Path {
        self.folder().join(PathPart::from(format!("{offset:012}")))
    }

    /// The place a folder under `uploads/` is; nothing if it is none of ours.
    pub(super) fn read(path: &Path) -> Option<Place> {
        let mut parts = path.parts().skip(1);
        let (district, folder) = (parts.next()?, parts.next()?);
        let (id, attempt) = folder.as_ref().rsplit_once('-')?;
        Some(Place {
            district: district.as_ref().to_owned(),
            id: EvidenceId(id.parse().ok()?),
            attempt: attempt.parse().ok()?,
        })
    }
}

/// SHA-256 of some bytes.
pub(crate) fn hash(bytes: &[u8]) -> ContentHash {
    ContentHash::from(hex::encode(Sha256::digest(bytes)))
}

fn blob(district: &str, content: &ContentHash) -> Path {
    let content = content.as_str();
    let shelf = content.get(..2).unwrap_or_default();
    parts(["blobs", district, shelf, content])
}

fn parts<const N: usize>(names: [&str; N]) -> Path {
    names.into_iter().collect()
}
