//! Settings of the evidence store.

use clap::Args;

/// Where evidence files are kept, and how large they may be.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct EvidenceConfig {
    /// Where evidence files are kept: a folder, or s3://bucket/prefix (keys, region and endpoint from AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL; AWS_ALLOW_HTTP=true for a store without TLS).
    #[arg(
        long,
        env = "LIANDONG_EVIDENCE_STORE",
        default_value = "liandong-evidence",
        value_name = "FOLDER|URL"
    )]
    pub evidence_store: String,
    /// The longest evidence file, in bytes. One is held in memory at a time.
    #[arg(
        long,
        env = "LIANDONG_EVIDENCE_BYTES_MAX",
        default_value_t = 100 << 20
    )]
    pub evidence_bytes_max: u32,
    /// The most pixels of a picture.
    #[arg(
        long,
        env = "LIANDONG_EVIDENCE_PIXELS_MAX",
        default_value_t = 40_000_000
    )]
    pub evidence_pixels_max: u32,
    /// The most bytes an organization uploads in a day.
    #[arg(
        long,
        env = "LIANDONG_EVIDENCE_DAILY_BYTES",
        default_value_t = 2 << 30
    )]
    pub evidence_daily_bytes: u64,
}

impl EvidenceConfig {
    /// A folder or URL, and the usual limits.
    pub fn at(store: impl Into<String>) -> Self {
        Self {
            evidence_store: store.into(),
            evidence_bytes_max: 100 << 20,
            evidence_pixels_max: 40_000_000,
            evidence_daily_bytes: 2 << 30,
        }
    }
}
