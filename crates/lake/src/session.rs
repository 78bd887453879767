//! Session: the one place where the engine is set up.
//!
//! Invariants
//! - SQL is the PostgreSQL dialect; identifiers are taken as written, never folded.
//! - Everything that can spill does, into `<lake>/_tmp`; all steps of a lake share one memory limit.
//! - A context has a catalogue of its own and sees only the tables registered in it; no file can be named in SQL.
//!
//! Not here: which statements users may send (`guard.rs`); which tables there are (`tables.rs`).

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::common::config::Dialect;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};
use jiff::Timestamp;

use crate::compact::Compact;
use crate::in_order::InOrder;
use crate::sort_the_rest::SortTheRest;
use crate::{LakeError, LakeOptions, Result, functions};

/// Consumers named when memory runs out.
const NAMED_CONSUMERS: NonZeroUsize = NonZeroUsize::new(3).expect("three is not zero");

/// The most bytes, or rows where bytes are not known, of the side of a join that threads share.
const HELD_BYTES: usize = 128 << 20;
const HELD_ROWS: usize = 4 << 20;

/// The schema of tables as the last published run left them.
pub(crate) const BEFORE: &str = "before";

/// The engine, set up.
pub(crate) struct Session {
    template: SessionState,
    /// The template, for one thread and for rows that come in order.
    in_order: SessionState,
}

impl Session {
    /// Sets the engine up for a lake.
    pub(crate) fn new(options: &LakeOptions, tmp: &Path) -> Result<Self> {
        let state = SessionStateBuilder::new()
            .with_config(config(options.threads))
            .with_runtime_env(runtime(options.memory_bytes, tmp)?)
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(Compact))
            .build();
        let mut template = state;
        for function in functions::all() {
            use datafusion::execution::FunctionRegistry as _;
            template.register_udf(function).map_err(|error| LakeError::Run(error.to_string()))?;
        }
        let mut rules = PhysicalOptimizer::new().rules;
        let place =
            rules.iter().position(|rule| rule.name() == "join_selection").map_or(rules.len(), |place| place + 1);
        rules.insert(place, Arc::new(InOrder));
        let in_order = SessionStateBuilder::new_from_existing(template.clone())
            .with_config(template.config().clone().with_target_partitions(1))
            .with_physical_optimizer_rules(rules)
            .with_physical_optimizer_rule(Arc::new(SortTheRest))
            .with_physical_optimizer_rule(Arc::new(Compact))
            .build();
        Ok(Self { template, in_order })
    }
    /// A context without tables that shares the memory of all steps.
    pub(crate) fn context(&self) -> SessionContext {
        self.with_runtime(Arc::clone(self.template.runtime_env()))
    }
    /// The same for one of several queries side by side, over tables in order: outer joins keep that order.
    pub(crate) fn in_order(&self) -> SessionContext {
        Self::set_up(&self.in_order, self.in_order.config().clone(), Arc::clone(self.template.runtime_env()))
    }
    /// The same, for queries that pick few rows of many: the other columns of rows that are passed over are not decoded.
    pub(crate) fn picking(&self) -> SessionContext {
        let mut config = self.template.config().clone();
        config.options_mut().execution.parquet.pushdown_filters = true;
        Self::set_up(&self.template, config, Arc::clone(self.template.runtime_env()))
    }
    /// A context without tables that has a memory limit of its own, below that of the machine only.
    pub(crate) fn limited(&self, memory_bytes: usize, tmp: &Path) -> Result<SessionContext> {
        Ok(self.with_runtime(runtime(memory_bytes, tmp)?))
    }
    /// A context with a memory limit of its own that shares what is remembered of files. `in_order`: one thread, so that
    /// rows come in the order of files.
    pub(crate) fn trying(&self, memory_bytes: usize, in_order: bool) -> Result<SessionContext> {
        let pool = TrackConsumersPool::new(FairSpillPool::new(memory_bytes), NAMED_CONSUMERS);
        let runtime = RuntimeEnvBuilder::from_runtime_env(self.template.runtime_env())
            .with_memory_pool(Arc::new(pool))
            .build_arc()
            .map_err(|error| LakeError::Run(error.to_string()))?;
        let mut config = self.template.config().clone();
        // What is asked for here is few rows of many: the columns of the others need not be decoded.
        config.options_mut().execution.parquet.pushdown_filters = true;
        Ok(Self::set_up(&self.template, if in_order { config.with_target_partitions(1) } else { config }, runtime))
    }
    fn with_runtime(&self, runtime: Arc<RuntimeEnv>) -> SessionContext {
        Self::set_up(&self.template, self.template.config().clone(), runtime)
    }
    fn set_up(template: &SessionState, config: SessionConfig, runtime: Arc<RuntimeEnv>) -> SessionContext {
        let state = SessionStateBuilder::new_from_existing(template.clone())
            .with_config(config.with_create_default_catalog_and_schema(true))
            .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()))
            .with_runtime_env(runtime)
            .build();
        SessionContext::new_with_state(state)
    }
}

fn config(threads: usize) -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(threads.max(1)).with_batch_size(8192);
    let options = config.options_mut();
    options.sql_parser.dialect = Dialect::PostgreSQL;
    options.sql_parser.enable_ident_normalization = false;
    // Planned SQL nests deeper than the 50 that the parser allows by itself; the engine's recursion grows its stack.
    let limit = datafusion::common::config::ConfigNonZeroUsize::try_new(1000);
    options.sql_parser.recursion_limit = limit.expect("a thousand is not zero");
    // The held side of a join is shared by all threads up to this size: the other side is then neither dealt out nor loses
    // its order, which is cheaper with the threads that a machine has.
    options.optimizer.hash_join_single_partition_threshold = HELD_BYTES;
    options.optimizer.hash_join_single_partition_threshold_rows = HELD_ROWS;
    options.execution.parquet.pushdown_filters = false;
    options.execution.split_file_groups_by_statistics = true;
    config
}

fn runtime(memory_bytes: usize, tmp: &Path) -> Result<Arc<RuntimeEnv>> {
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory_bytes), NAMED_CONSUMERS);
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![tmp.to_owned()]));
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(|error| LakeError::Run(error.to_string()))
}

/// SQL for an instant, as a date-time.
pub(crate) fn instant(at: Timestamp) -> String {
    // Seconds and below apart, since the engine's parser wants at most nine digits and a `Z`.
    format!("arrow_cast('{at:.6}', 'Timestamp(Microsecond, Some(\"UTC\"))')")
}
