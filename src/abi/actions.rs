//! What a filter callback may answer, after Envoy's conversion (`host-spec`, section 3.1).

/// Answer of a headers callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadersStatus {
    Continue,
    /// Only with `allow_on_headers_stop_iteration`: hold the headers, still deliver the body.
    StopIteration,
    StopAllIterationAndBuffer,
    StopAllIterationAndWatermark,
}

impl HeadersStatus {
    /// Converts the guest's number. 2 (ContinueAndEndStream) acts as Continue; numbers above 4 stop everything.
    pub fn from_guest(number: u32, allow_stop_iteration: bool) -> Self {
        match number {
            0 | 2 => Self::Continue,
            1 if allow_stop_iteration => Self::StopIteration,
            3 => Self::StopAllIterationAndBuffer,
            _ => Self::StopAllIterationAndWatermark,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "Continue",
            Self::StopIteration => "StopIteration",
            Self::StopAllIterationAndBuffer => "StopAllIterationAndBuffer",
            Self::StopAllIterationAndWatermark => "StopAllIterationAndWatermark",
        }
    }
}

/// Answer of a body callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataStatus {
    Continue,
    StopIterationAndBuffer,
    StopIterationAndWatermark,
    StopIterationNoBuffer,
}

impl DataStatus {
    /// Converts the guest's number; numbers above 3 act as 3.
    pub fn from_guest(number: u32) -> Self {
        match number {
            0 => Self::Continue,
            1 => Self::StopIterationAndBuffer,
            2 => Self::StopIterationAndWatermark,
            _ => Self::StopIterationNoBuffer,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "Continue",
            Self::StopIterationAndBuffer => "StopIterationAndBuffer",
            Self::StopIterationAndWatermark => "StopIterationAndWatermark",
            Self::StopIterationNoBuffer => "StopIterationNoBuffer",
        }
    }
}

/// Answer of a trailers callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrailersStatus {
    Continue,
    StopIteration,
}

impl TrailersStatus {
    /// Converts the guest's number; numbers above 1 act as 1.
    pub fn from_guest(number: u32) -> Self {
        match number {
            0 => Self::Continue,
            _ => Self::StopIteration,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "Continue",
            Self::StopIteration => "StopIteration",
        }
    }
}
