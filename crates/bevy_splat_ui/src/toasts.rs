//! Short notes at the edge of the scene: what went wrong, what is done. Anybody writes a [`Notice`].

use bevy::prelude::*;

/// Toasts that are shown at most; the oldest give way.
const MOST: usize = 5;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something is done.
    Info,
    /// Something is odd, or was refused.
    Warning,
    /// Something failed.
    Error,
}

impl NoticeKind {
    /// Seconds that it stays: what has to be understood stays longer.
    pub const fn lifetime_s(self) -> f32 {
        match self {
            Self::Info => 4.0,
            Self::Warning => 9.0,
            Self::Error => 16.0,
        }
    }
}

/// Says something to whoever sits before the window.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Notice {
    /// How much it matters.
    pub kind: NoticeKind,
    /// What is said.
    pub text: String,
}

impl Notice {
    /// Something is done.
    pub fn info(text: impl Into<String>) -> Self {
        Self { kind: NoticeKind::Info, text: text.into() }
    }

    /// Something is odd, or was refused.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { kind: NoticeKind::Warning, text: text.into() }
    }

    /// Something failed.
    pub fn error(text: impl Into<String>) -> Self {
        Self { kind: NoticeKind::Error, text: text.into() }
    }
}

/// A notice that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What is said.
    pub notice: Notice,
    /// How often it was said.
    pub times: u32,
    /// Seconds that are left.
    pub left_s: f32,
}

/// What is shown, the newest last.
#[derive(Resource, Clone, Debug, Default)]
pub struct Toasts {
    /// The toasts.
    pub shown: Vec<Toast>,
    /// The pointer is on them: time stands still.
    pub is_held: bool,
}

impl Toasts {
    /// Shows a notice; what is there already is not shown twice.
    pub fn add(&mut self, notice: Notice) {
        let left_s = notice.kind.lifetime_s();
        let times = match self.shown.iter().position(|toast| toast.notice == notice) {
            Some(at) => self.shown.remove(at).times + 1,
            None => 1,
        };
        self.shown.push(Toast { notice, times, left_s });
        if self.shown.len() > MOST {
            // What failed is the last to give way.
            let least = (0..self.shown.len() - 1).min_by_key(|&i| self.shown[i].notice.kind as u8).unwrap_or(0);
            self.shown.remove(least);
        }
    }

    /// Lets time pass.
    pub fn age(&mut self, seconds: f32) {
        if !self.is_held {
            self.shown.iter_mut().for_each(|toast| toast.left_s -= seconds);
            self.shown.retain(|toast| toast.left_s > 0.0);
        }
    }
}

/// Takes notices in and lets time pass.
pub(crate) fn keep(mut notices: MessageReader<Notice>, mut toasts: ResMut<Toasts>, time: Res<Time<Real>>) {
    // A slow frame takes no time from what nobody could read.
    toasts.age(time.delta_secs().min(0.25));
    notices.read().for_each(|notice| toasts.add(notice.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_shown_once_and_goes_with_time() {
        let mut toasts = Toasts::default();
        toasts.add(Notice::info("saved"));
        toasts.age(3.0);
        toasts.add(Notice::error("no room"));
        toasts.add(Notice::info("saved"));
        let texts: Vec<_> = toasts.shown.iter().map(|t| (t.notice.text.as_str(), t.times)).collect();
        assert_eq!(texts, [("no room", 1), ("saved", 2)]);
        toasts.age(NoticeKind::Info.lifetime_s() - 0.5);
        assert_eq!(toasts.shown.len(), 2, "its time began anew");
        toasts.is_held = true;
        toasts.age(99.0);
        toasts.is_held = false;
        toasts.age(1.0);
        assert_eq!(toasts.shown[0].notice.kind, NoticeKind::Error);
        toasts.age(99.0);
        assert!(toasts.shown.is_empty());
    }

    #[test]
    fn where_room_is_short_failures_stay() {
        let mut toasts = Toasts::default();
        toasts.add(Notice::error("broken"));
        (0..9).for_each(|i| toasts.add(Notice::info(format!("step {i}"))));
        assert_eq!(toasts.shown.len(), MOST);
        assert_eq!((&*toasts.shown[0].notice.text, &*toasts.shown[MOST - 1].notice.text), ("broken", "step 8"));
    }
}
