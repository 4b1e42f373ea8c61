//! The destination of a live migration: which command leads where.
//!
//! What stands between the markers is drawn from the spec. `make` draws it anew, CI fails when it
//! is out of date: `wirechart render --inject --check examples/rust/destination.rs`.
//!
//! <!-- wirechart: begin spec/ch-migration.yaml view=happy -->
//! ```mermaid
//! stateDiagram-v2
//!   direction TB
//!   state "Established" as s_Established
//!   [*] --> s_Established
//!   state "Started" as s_Started
//!   state "MemoryFdsReceived" as s_MemoryFdsReceived
//!   state "Configured" as s_Configured
//!   state "StateReceived" as s_StateReceived
//!   state "✓ Completed" as s_Completed
//!   s_Established --> s_Started: Start
//!   s_Started --> s_Configured: Config
//!   s_Started --> s_MemoryFdsReceived: MemoryFd
//!   s_MemoryFdsReceived --> s_Configured: Config
//!   s_MemoryFdsReceived --> s_MemoryFdsReceived: MemoryFd
//!   s_Configured --> s_StateReceived: State
//!   s_Configured --> s_Configured: Memory
//!   s_StateReceived --> s_Completed: Complete<br/>CompletePaused
//!   s_Completed --> [*]
//!   classDef success fill:#e6f4ea,stroke:#1e7e34,stroke-width:3px,color:#10301a
//!   class s_Completed success
//! ```
//! <!-- wirechart: end -->
//!
//! A migration that hands its memory over by descriptors:
//!
//! <!-- wirechart: begin spec/ch-migration.yaml scenario=local -->
//! ```mermaid
//! sequenceDiagram
//!   participant r_source as source
//!   participant r_destination as destination
//!   r_source->>r_destination: Start
//!   r_destination-->>r_source: Ok
//!   Note over r_destination: Started
//!   Note over r_source: Started
//!   r_source->>r_destination: MemoryFd
//!   r_destination-->>r_source: Ok
//!   Note over r_destination: MemoryFdsReceived
//!   Note over r_source: MemoryShared
//!   r_source->>r_destination: MemoryFd
//!   r_destination-->>r_source: Ok
//!   r_source->>r_destination: Config
//!   r_destination-->>r_source: Ok
//!   Note over r_destination: Configured
//!   Note over r_source: Configured
//!   r_source->>r_destination: State
//!   r_destination-->>r_source: Ok
//!   Note over r_destination: StateReceived
//!   Note over r_source: StateSent
//!   r_source->>r_destination: Complete
//!   r_destination-->>r_source: Ok
//!   Note over r_destination: Completed, the end
//!   Note over r_source: Completed, the end
//! ```
//! <!-- wirechart: end -->

/// Where a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Established,
    Started,
    MemoryFdsReceived,
    Configured,
    StateReceived,
    Completed { paused: bool },
}

/// What the source asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Start { version: u16 },
    MemoryFd { is_new: bool },
    Config,
    Memory,
    State,
    Complete,
    CompletePaused,
}

impl State {
    /// The state that a command leads to; `None` where it is refused, which ends the migration.
    ///
    /// <!-- wirechart: begin spec/ch-migration.yaml form=matrix -->
    ///
    /// | state | `Start` | `Config` | `State` | `Memory` | `Complete` | `Abandon` | `MemoryFd` | `CompletePaused` |
    /// | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    /// | `Established` | → `Started` if `message.version == 0`<br>· | · | · | · | · | → `Aborted` | · | · |
    /// | `Started` | · | → `Configured` | · | · | · | → `Aborted` | → `MemoryFdsReceived` | · |
    /// | `MemoryFdsReceived` | · | → `Configured` | · | · | · | → `Aborted` | stay if `message.slot not in state.memory_fds and size(state.memory_fds) < limits.slots`<br>· | · |
    /// | `Configured` | · | · | → `StateReceived` | stay | · | → `Aborted` | · | · |
    /// | `StateReceived` | · | · | · | · | → `Completed` | → `Aborted` | · | → `Completed` |
    ///
    /// The reply is `Ok` unless another one is named. · is refused. Of several cases the first that holds counts.
    ///
    /// <!-- wirechart: end -->
    ///
    /// ```
    /// use destination::{Command, State};
    ///
    /// let commands = [Command::Start { version: 0 }, Command::Config, Command::Memory];
    /// let state = commands.into_iter().try_fold(State::Established, State::after);
    /// assert_eq!(state, Some(State::Configured));
    /// assert_eq!(State::Configured.after(Command::Complete), None);
    /// ```
    pub fn after(self, command: Command) -> Option<State> {
        match (self, command) {
            (State::Established, Command::Start { version: 0 }) => Some(State::Started),
            (State::Started, Command::MemoryFd { .. })
            | (State::MemoryFdsReceived, Command::MemoryFd { is_new: true }) => {
                Some(State::MemoryFdsReceived)
            }
            (State::Started | State::MemoryFdsReceived, Command::Config)
            | (State::Configured, Command::Memory) => Some(State::Configured),
            (State::Configured, Command::State) => Some(State::StateReceived),
            (State::StateReceived, Command::Complete) => Some(State::Completed { paused: false }),
            (State::StateReceived, Command::CompletePaused) => {
                Some(State::Completed { paused: true })
            }
            _ => None,
        }
    }
}
