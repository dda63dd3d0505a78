//! How an adapter sorts: digits of a radix sort, and how many keys a lane takes.

/// Shape of radix passes on an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Radix {
    /// Most bits of a digit.
    most_bits: u32,
    /// Keys that one lane sorts serially, at least.
    shortest_run: u32,
    /// Runs as long as there are bins, so that a histogram has no more words than there are keys.
    runs_grow: bool,
}

impl Radix {
    /// On a software GPU a pass over the keys costs more than a wide histogram, and long serial runs keep that small. A wide
    /// GPU wants many lanes, hence few bins.
    pub(crate) fn of(is_software: bool) -> Self {
        match is_software {
            true => Self { most_bits: 11, shortest_run: 512, runs_grow: true },
            false => Self { most_bits: 8, shortest_run: 64, runs_grow: false },
        }
    }

    /// The digits of keys below `end`, in as few passes as the adapter likes.
    pub(crate) fn digits_below(self, end: u32) -> Digits {
        let end = end.max(2);
        let bits = 32 - (end - 1).leading_zeros();
        let passes = bits.div_ceil(self.most_bits);
        let digit = bits.div_ceil(passes);
        Digits { passes, bits: digit, bins: if passes == 1 { end } else { 1 << digit } }
    }

    /// Keys that one lane sorts serially in passes of so many bins.
    pub(crate) fn run(self, bins: u32) -> u32 {
        if self.runs_grow { self.shortest_run.max(bins.next_power_of_two()) } else { self.shortest_run }
    }

    /// Words of the largest histogram that sorting up to so many rows by depth and so many entries into so many tiles asks for.
    pub(crate) fn most_words(self, rows: u32, entries: u32, tiles: u32) -> u64 {
        let words = |keys: u32, bins: u32| bins as u64 * keys.div_ceil(self.run(bins)) as u64;
        // Fewer tiles than there is room for may ask for more bins: then they go in one pass.
        let most_bins = tiles.clamp(2, 1 << self.most_bits);
        let of_tiles = (1..=self.most_bits).map(|bits| words(entries, most_bins.min(1 << bits)));
        of_tiles.chain([words(rows, Digits::of_bits(32).bins)]).max().unwrap_or(0)
    }
}

/// The digits that a key is sorted by, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    /// How many.
    pub passes: u32,
    /// Bits of each.
    pub bits: u32,
    /// Values that a digit may have.
    pub bins: u32,
}

impl Digits {
    /// Whole bytes: the cheapest for keys of every value.
    pub fn of_bits(bits: u32) -> Self {
        Self { passes: bits.div_ceil(8), bits: 8, bins: 256 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_cover_the_keys_and_histograms_have_room() {
        for is_software in [true, false] {
            let radix = Radix::of(is_software);
            let room = radix.most_words(1, 100_000, 40_000);
            for tiles in [1, 2, 3, 255, 256, 257, 920, 2_048, 2_049, 8_160, 40_000] {
                let digits = radix.digits_below(tiles);
                assert!((1u64 << (digits.bits * digits.passes)) >= tiles as u64, "{tiles}: {digits:?}");
                assert!(digits.bins <= 1 << digits.bits, "{tiles}: {digits:?}");
                let words = digits.bins as u64 * 100_000_u32.div_ceil(radix.run(digits.bins)) as u64;
                assert!(words <= room, "{tiles}: {digits:?} {words} {room}");
            }
        }
    }

    #[test]
    fn a_software_gpu_sorts_a_picture_in_one_pass() {
        assert_eq!(Radix::of(true).digits_below(40 * 23), Digits { passes: 1, bits: 10, bins: 920 });
        assert_eq!(Radix::of(false).digits_below(40 * 23), Digits { passes: 2, bits: 5, bins: 32 });
    }
}
