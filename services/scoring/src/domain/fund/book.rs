//! Accounts and the transfers between them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::money::Fen;

/// Where money is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Account {
    /// Where it comes from and where a rest returns to; the only one below zero.
    Budget,
    /// In the fund, and nobody's.
    Fund,
    /// Handed to another fund, or received from one.
    Carried,
    /// Provisionally a unit's.
    Held(String),
    /// Paid to a unit.
    Paid(String),
}

/// Money that leaves one account and enters another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// What it leaves.
    pub from: Account,
    /// What it enters.
    pub to: Account,
    /// How much; above zero.
    pub amount: Fen,
}

/// The balances. An account that is not in it holds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book(BTreeMap<Account, Fen>);

impl Book {
    /// What is in an account.
    pub fn balance(&self, account: &Account) -> Fen {
        self.0.get(account).copied().unwrap_or_default()
    }

    /// Every account that money ever moved through.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, Fen)> {
        self.0.iter().map(|(account, fen)| (account, *fen))
    }

    /// What is provisionally anybody's.
    pub fn held(&self) -> Vec<(Account, Fen)> {
        let held = self
            .0
            .iter()
            .filter(|(it, fen)| matches!(it, Account::Held(_)) && fen.is_positive());
        held.map(|(account, fen)| (account.clone(), *fen)).collect()
    }

    /// Plans a transfer: moves the balances and adds it to the list. Nothing is no transfer.
    pub fn transfer(
        &mut self,
        transfers: &mut Vec<Transfer>,
        from: Account,
        to: Account,
        amount: Fen,
    ) {
        let planned = transfers.len();
        push(transfers, from, to, amount);
        self.apply(&transfers[planned..]);
    }

    /// Moves the balances.
    pub fn apply(&mut self, transfers: &[Transfer]) {
        for it in transfers {
            let from = self.0.entry(it.from.clone()).or_default();
            *from = *from - it.amount;
            let to = self.0.entry(it.to.clone()).or_default();
            *to = *to + it.amount;
        }
    }
}

/// Adds a transfer to a list, unless it is of nothing.
pub(super) fn push(transfers: &mut Vec<Transfer>, from: Account, to: Account, amount: Fen) {
    if amount.is_positive() {
        transfers.push(Transfer { from, to, amount });
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget => f.write_str("BUDGET"),
            Self::Fund => f.write_str("FUND"),
            Self::Carried => f.write_str("CARRIED"),
            Self::Held(organization) => write!(f, "HELD/{organization}"),
            Self::Paid(organization) => write!(f, "PAID/{organization}"),
        }
    }
}

impl From<Account> for String {
    fn from(it: Account) -> Self {
        it.to_string()
    }
}

impl TryFrom<String> for Account {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Account {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once('/')) {
            ("BUDGET", _) => Ok(Self::Budget),
            ("FUND", _) => Ok(Self::Fund),
            ("CARRIED", _) => Ok(Self::Carried),
            (_, Some(("HELD", organization))) => Ok(Self::Held(organization.to_owned())),
            (_, Some(("PAID", organization))) => Ok(Self::Paid(organization.to_owned())),
            _ => Err(format!("no account: {text}")),
        }
    }
}
