//! The component that carries a camera along a walk or lets it fly, and the commands it obeys.

use super::film::FilmCommand;
use super::flight::{self, FlightInput};
use super::path::{Pose, WalkPath, up_direction};
use super::record::{self, PathCommand, PathFile};
use crate::keys::{Action, Shortcuts};
use crate::layout::{SceneArea, SceneInput};
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll};
use bevy::math::Vec3;
use bevy::prelude::*;
use splat_core::Camera as CaptureCamera;

/// Longest time step of a frame in seconds: a slow frame must not become a leap.
const LONGEST_FRAME: f32 = 0.25;
/// Seconds that the camera takes to glide back to the walk or to a view.
const GLIDE_SECONDS: f32 = 0.9;
/// World units and cosine of half the angle within which a camera stands at a view.
const AT_VIEW: [f32; 2] = [2e-3, 0.999_999];

/// Carries the camera entity it sits on. Without a path it flies.
#[derive(Component, Clone, Debug)]
#[require(Transform)]
pub struct Walker {
    /// The walk through the capture.
    pub path: WalkPath,
    /// Recorded key frames.
    pub recorded: WalkPath,
    /// Views to jump to: name and exact pose, in the order of the path's keys.
    pub views: Vec<(String, Pose)>,
    /// The world's up direction.
    pub up: Vec3,
    /// Seconds into the walk, at pace 1.
    pub seconds: f32,
    /// Whether the walk goes on.
    pub is_playing: bool,
    /// Whether the camera has left the walk and flies.
    pub is_flying: bool,
    /// Times the walking pace, 0.1..=8.
    pub pace: f32,
    /// Flight speed, world units per second, 0.1..=20.
    pub flight_speed: f32,
    pose: Pose,
    glide: Option<Glide>,
    /// Where the camera was put last; `None` before the first frame.
    placed: Option<Transform>,
    /// Whether the way is the recorded one, until its end.
    replays: bool,
}

#[derive(Clone, Copy, Debug)]
struct Glide {
    from: Pose,
    seconds: f32,
    /// Where to; the walk where there is none.
    to: Option<Pose>,
}

impl Default for Walker {
    fn default() -> Self {
        Self {
            path: WalkPath::default(),
            recorded: WalkPath::default(),
            views: Vec::new(),
            up: Vec3::Y,
            seconds: 0.0,
            is_playing: true,
            is_flying: false,
            pace: 1.0,
            flight_speed: 1.0,
            pose: Pose { position: Vec3::ZERO, rotation: Quat::IDENTITY },
            glide: None,
            placed: None,
            replays: false,
        }
    }
}

impl Walker {
    /// A walker that plays the walk past these named views.
    pub fn along(views: &[(String, CaptureCamera)]) -> Self {
        let cameras: Vec<CaptureCamera> = views.iter().map(|v| v.1).collect();
        let path = WalkPath::through(&cameras);
        let pose = path.at(0.0);
        let views = views.iter().map(|(name, camera)| (name.clone(), Pose::of_camera(camera))).collect();
        Self { path, views, up: up_direction(&cameras), pose, ..Self::default() }
    }

    /// A walker that flies from a pose, for clouds without views.
    pub fn flying_from(pose: Pose, up: Vec3) -> Self {
        Self { up, pose, is_flying: true, is_playing: false, ..Self::default() }
    }

    /// Where the camera is now.
    pub fn pose(&self) -> Pose {
        self.pose
    }

    /// The view whose pose the camera has, nearly.
    pub fn standing_at(&self) -> Option<usize> {
        self.glide.is_none().then(|| self.nearest_view()).flatten().filter(|&view| {
            let pose = self.views[view].1;
            let turn = pose.rotation.dot(self.pose.rotation).abs();
            pose.position.distance(self.pose.position) <= AT_VIEW[0] && turn >= AT_VIEW[1]
        })
    }

    /// The view that shows most nearly what the camera shows: near, and looking the same way.
    pub fn nearest_view(&self) -> Option<usize> {
        let here = self.pose;
        let badness = |pose: &Pose| {
            let turn = 1.0 - pose.forward().dot(here.forward());
            pose.position.distance(here.position) + turn
        };
        let views = self.views.iter().enumerate().map(|(i, (_, pose))| (i, badness(pose)));
        views.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
    }

    /// The view so many after the current one (or before it), to the ends of the walk.
    pub fn view_beside(&self, step: isize) -> Option<usize> {
        let last = self.views.len().checked_sub(1)?;
        let current = self.path.key_at(self.seconds).min(last);
        Some(current.saturating_add_signed(step).min(last))
    }

    /// Whether the camera follows the recorded key frames.
    pub fn is_replaying(&self) -> bool {
        self.replays
    }

    /// The way that the camera is on, or comes back to.
    pub fn way(&self) -> &WalkPath {
        if self.replays { &self.recorded } else { &self.path }
    }

    /// Obeys a command.
    pub fn obey(&mut self, command: &WalkCommand) {
        match *command {
            WalkCommand::Play => {
                self.is_playing = true;
                self.return_to_walk();
            }
            WalkCommand::Pause => self.is_playing = false,
            WalkCommand::Seek(seconds) => {
                self.seconds = seconds.clamp(0.0, self.way().duration());
                self.is_flying = self.way().is_empty();
                self.glide = None;
            }
            WalkCommand::Pace(pace) => self.pace = pace.clamp(0.1, 8.0),
            WalkCommand::FlightSpeed(speed) => self.flight_speed = speed.clamp(0.1, 20.0),
            WalkCommand::Fly => {
                self.is_flying = true;
                self.is_playing = false;
                self.glide = None;
            }
            WalkCommand::JumpTo(index) => {
                let Some(&(_, pose)) = self.views.get(index) else { return };
                self.seconds = self.path.time_of(index);
                self.replays = false;
                self.is_playing = false;
                self.is_flying = true;
                self.glide = Some(Glide { from: self.pose, seconds: 0.0, to: Some(pose) });
            }
            WalkCommand::GoTo(pose) => {
                (self.replays, self.is_playing, self.is_flying) = (false, false, true);
                self.glide = Some(Glide { from: self.pose, seconds: 0.0, to: Some(pose) });
            }
            WalkCommand::Replay if self.recorded.is_empty() => {}
            WalkCommand::Replay => {
                (self.replays, self.seconds, self.is_playing) = (true, 0.0, true);
                self.is_flying = false;
                self.glide = Some(Glide { from: self.pose, seconds: 0.0, to: None });
            }
        }
    }

    /// A camera that somebody else has moved flies on from there.
    fn notice(&mut self, transform: &Transform) {
        if self.placed.is_some_and(|placed| placed != *transform) {
            self.obey(&WalkCommand::Fly);
            self.pose = Pose { position: transform.translation, rotation: transform.rotation };
        }
    }

    fn return_to_walk(&mut self) {
        if self.is_flying && !self.way().is_empty() {
            self.is_flying = false;
            self.glide = Some(Glide { from: self.pose, seconds: 0.0, to: None });
        }
    }

    /// A walk starts anew, a replay is over.
    fn end_way(&mut self) {
        if self.replays {
            self.pose = self.recorded.at(self.recorded.duration());
            (self.replays, self.is_playing, self.is_flying) = (false, false, true);
        } else {
            self.glide = Some(Glide { from: self.pose, seconds: 0.0, to: None });
        }
        self.seconds = 0.0;
    }

    /// One frame of `seconds`.
    pub fn advance(&mut self, input: &FlightInput, seconds: f32) {
        if input.is_steering() && !self.is_flying {
            self.obey(&WalkCommand::Fly);
        }
        if self.is_flying && input.wheel != 0.0 {
            self.flight_speed = (self.flight_speed * 1.15_f32.powf(input.wheel.clamp(-4.0, 4.0))).clamp(0.1, 20.0);
        }
        if self.is_playing && !self.is_flying && self.glide.is_none() {
            self.seconds += seconds * self.pace;
            if self.seconds > self.way().duration() {
                self.end_way();
            }
        }
        let resting = if self.is_flying { self.pose } else { self.way().at(self.seconds) };
        self.pose = match self.glide.as_mut() {
            Some(glide) => {
                glide.seconds += seconds;
                let share = (glide.seconds / GLIDE_SECONDS).min(1.0);
                let eased = share * share * (3.0 - 2.0 * share);
                let to = glide.to.unwrap_or(resting);
                let pose = Pose {
                    position: glide.from.position.lerp(to.position, eased),
                    rotation: glide.from.rotation.slerp(to.rotation, eased),
                };
                if share >= 1.0 || input.is_steering() {
                    self.glide = None;
                }
                pose
            }
            None if self.is_flying && input.is_steering() => {
                flight::fly(self.pose, input, self.up, self.flight_speed, seconds)
            }
            None => resting,
        };
    }
}

/// What a walker may be told.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum WalkCommand {
    /// Walk on; a flying camera glides back first.
    Play,
    /// Stand still.
    Pause,
    /// Go to this second of the walk.
    Seek(f32),
    /// Times the walking pace.
    Pace(f32),
    /// Flight speed, world units per second.
    FlightSpeed(f32),
    /// Leave the walk and fly.
    Fly,
    /// Glide to the exact pose of a view.
    JumpTo(usize),
    /// Glide to a pose and fly from there.
    GoTo(Pose),
    /// Follow the recorded key frames from the first to the last; the camera stays there.
    Replay,
}

/// Moves every [`Walker`]: commands, keyboard and mouse, unless egui wants those for itself.
pub struct WalkerPlugin;

impl Plugin for WalkerPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SceneArea>()
            .init_resource::<PathFile>()
            .add_message::<WalkCommand>()
            .add_message::<PathCommand>()
            .add_message::<crate::toasts::Notice>()
            .add_message::<FilmCommand>()
            .add_systems(Update, (record::keys, record::record, walk).chain());
    }
}

fn walk(
    time: Res<Time>,
    (scene, keys): (SceneInput, Shortcuts),
    mouse: (
        Option<Res<ButtonInput<MouseButton>>>,
        Option<Res<AccumulatedMouseMotion>>,
        Option<Res<AccumulatedMouseScroll>>,
    ),
    mut is_looking: Local<bool>,
    mut commands: MessageReader<WalkCommand>,
    mut walkers: Query<(&mut Walker, &mut Transform)>,
) {
    let mouse = match &mouse {
        (Some(buttons), Some(motion), Some(scroll)) => {
            // A look that began in the scene goes on when the pointer leaves it.
            let is_over_scene = scene.pointer().is_some();
            *is_looking = buttons.pressed(MouseButton::Right) && (*is_looking || is_over_scene);
            (*is_looking || is_over_scene).then_some((&**buttons, &**motion, &**scroll))
        }
        _ => None,
    };
    let input = FlightInput::read(keys.keyboard(), mouse);
    let toggles = keys.is_pressed(Action::Walk);
    let commands: Vec<WalkCommand> = commands.read().copied().collect();
    for (mut walker, mut transform) in &mut walkers {
        walker.notice(&transform);
        commands.iter().for_each(|command| walker.obey(command));
        if toggles {
            let toggle = if walker.is_playing { WalkCommand::Pause } else { WalkCommand::Play };
            walker.obey(&toggle);
        }
        walker.advance(&input, time.delta_secs().min(LONGEST_FRAME));
        let pose = walker.pose();
        let moved = Transform { translation: pose.position, rotation: pose.rotation, scale: Vec3::ONE };
        walker.placed = Some(moved);
        transform.set_if_neq(moved);
    }
}

#[cfg(test)]
mod tests;
