//! Where the resources of a drawing stand: in layers from left to right, what is referred to before what
//! refers to it, and the lines between them past what stands in between.
//!
//! Source: Sugiyama, Tagawa, Toda: Methods for Visual Understanding of Hierarchical System Structures, 1981.

/// How far apart two layers are.
const BETWEEN: f64 = 64.0;

/// How far apart two boxes of a layer are.
const GAP: f64 = 14.0;

/// How much room a line has that passes through a layer.
const LINE: f64 = 6.0;

/// How often the order in the layers is improved.
const ROUNDS: usize = 8;

/// How wide a drawing may be that nothing in it dictates.
const WIDE: f64 = 900.0;

/// A box: its middle on the left, and how large it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// Its left side.
    pub x: f64,
    /// Its middle.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
}

/// A drawing without its texts.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Where each box is.
    pub spots: Vec<Spot>,
    /// For each edge the points that its line goes through.
    pub lines: Vec<Vec<(f64, f64)>>,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

/// A box, or the place where a line passes through a layer.
#[derive(Clone, Copy, Debug)]
struct Item {
    layer: usize,
    /// Its middle.
    y: f64,
    height: f64,
    width: f64,
}

/// Places boxes of such widths, all of one height, which the edges join.
pub fn place(widths: &[f64], height: f64, edges: &[(usize, usize)]) -> Layout {
    let layers = layers(widths.len(), edges);
    let mut items: Vec<Item> = widths
        .iter()
        .zip(&layers)
        .map(|(width, layer)| Item { layer: *layer, y: 0.0, height, width: *width })
        .collect();
    let joined = |at: usize| edges.iter().any(|(from, to)| *from == at || *to == at);
    let alone: Vec<usize> = (0..widths.len()).filter(|at| !joined(*at)).collect();
    let chains: Vec<Vec<usize>> =
        edges.iter().map(|(from, to)| chain(&mut items, *from, *to)).collect();
    let links: Vec<(usize, usize)> =
        chains.iter().flat_map(|chain| chain.windows(2).map(|pair| (pair[0], pair[1]))).collect();
    let many = layers.iter().max().map_or(0, |last| last + 1);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); many];
    for at in (0..items.len()).filter(|at| *at >= widths.len() || joined(*at)) {
        columns[items[at].layer].push(at);
    }
    arrange(&mut items, &mut columns, &links);
    finish(items, &columns, &chains, &alone, widths.len())
}

/// The layer of each: one more than that of all it refers to. An edge that closes a circle counts for
/// nothing.
fn layers(many: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); many];
    edges.iter().for_each(|(from, to)| next[*from].push(*to));
    // Each is entered, all after it are, and then it is left.
    let (mut entered, mut left) = (vec![false; many], vec![false; many]);
    let (mut order, mut forward) = (Vec::new(), Vec::new());
    for start in 0..many {
        let mut open = vec![(start, 0)];
        while let Some((at, nth)) = open.pop() {
            if nth == 0 && std::mem::replace(&mut entered[at], true) {
                continue;
            }
            match next[at].get(nth) {
                None => {
                    left[at] = true;
                    order.push(at);
                }
                Some(to) => {
                    open.push((at, nth + 1));
                    if left[*to] || !entered[*to] {
                        forward.push((at, *to));
                        open.push((*to, 0));
                    }
                }
            }
        }
    }
    let mut layers = vec![0; many];
    for at in order.into_iter().rev() {
        for (_, to) in forward.iter().filter(|(from, _)| *from == at) {
            layers[*to] = layers[*to].max(layers[at] + 1);
        }
    }
    layers
}

/// The items of an edge's line: its ends, and a new one for each layer between them.
fn chain(items: &mut Vec<Item>, from: usize, to: usize) -> Vec<usize> {
    let (start, end) = (items[from].layer, items[to].layer);
    let mut chain = vec![from];
    for layer in start + 1..end {
        chain.push(items.len());
        items.push(Item { layer, y: 0.0, height: LINE, width: 0.0 });
    }
    chain.push(to);
    chain
}

/// Orders and places the items of each layer near to what they are joined to.
fn arrange(items: &mut [Item], columns: &mut [Vec<usize>], links: &[(usize, usize)]) {
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (from, to) in links {
        near[*from].push(*to);
        near[*to].push(*from);
    }
    for column in columns.iter() {
        stack(items, column, None);
    }
    for round in 0..ROUNDS {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for layer in order {
            let wanted = |at: usize, items: &[Item]| {
                let forth = |other: &&usize| match round % 2 {
                    // The last rounds look to both sides.
                    _ if round + 2 >= ROUNDS => true,
                    0 => items[**other].layer < layer,
                    _ => items[**other].layer > layer,
                };
                let all: Vec<f64> =
                    near[at].iter().filter(forth).map(|other| items[*other].y).collect();
                match all.len() {
                    0 => items[at].y,
                    many => all.iter().sum::<f64>() / many as f64,
                }
            };
            let wants: Vec<f64> = (0..items.len()).map(|at| wanted(at, items)).collect();
            columns[layer].sort_by(|a, b| wants[*a].total_cmp(&wants[*b]));
            stack(items, &columns[layer], Some(&wants));
        }
    }
}

/// Places a layer's items below each other, as near as can be to where they want to be.
fn stack(items: &mut [Item], column: &[usize], wants: Option<&[f64]>) {
    let mut end = f64::NEG_INFINITY;
    let mut moved = 0.0;
    for at in column {
        let half = items[*at].height / 2.0;
        let want = wants.map_or(0.0, |wants| wants[*at]);
        let y = want.max(end + half);
        moved += y - want;
        items[*at].y = y;
        end = y + half + GAP;
    }
    // All that were pushed down go up by as much as they were on average.
    let back = moved / column.len().max(1) as f64;
    column.iter().for_each(|at| items[*at].y -= back);
}

/// Moves all to the upper left, and draws the lines; what is joined to nothing stands below in rows.
fn finish(
    mut items: Vec<Item>,
    columns: &[Vec<usize>],
    chains: &[Vec<usize>],
    alone: &[usize],
    boxes: usize,
) -> Layout {
    let all = || columns.iter().flatten();
    let top = all().map(|at| items[*at].y - items[*at].height / 2.0).fold(f64::INFINITY, f64::min);
    let top = if top.is_finite() { top } else { 0.0 };
    let mut starts = Vec::new();
    let mut x = GAP;
    for column in columns {
        let width = column.iter().map(|at| items[*at].width).fold(0.0, f64::max);
        starts.push((x, width));
        x += width + BETWEEN;
    }
    let mut width = (x - BETWEEN + GAP).max(0.0);
    let mut height: f64 = 0.0;
    for at in all() {
        items[*at].y += GAP - top;
        height = height.max(items[*at].y + items[*at].height / 2.0 + GAP);
    }
    let mut spots: Vec<Spot> = items[..boxes]
        .iter()
        .map(|item| Spot { x: starts[item.layer].0, y: item.y, width: item.width })
        .collect();
    let through = |at: &usize| {
        let (x, wide) = starts[items[*at].layer];
        match *at < boxes {
            true => vec![(x, items[*at].y), (x + items[*at].width, items[*at].y)],
            false => vec![(x, items[*at].y), (x + wide, items[*at].y)],
        }
    };
    let line = |chain: &Vec<usize>| {
        let points: Vec<(f64, f64)> = chain.iter().flat_map(through).collect();
        // It leaves the first box on its right and ends at the left of the last.
        points[1..points.len() - 1].to_vec()
    };
    let lines = chains.iter().map(line).collect();
    let (mut x, limit) = (GAP, width.max(WIDE));
    let row = items.first().map_or(0.0, |item| item.height);
    for at in alone {
        let wide = items[*at].width;
        if x == GAP || x + wide + GAP > limit {
            x = GAP;
            height += row + GAP;
        }
        spots[*at] = Spot { x, y: height - GAP - row / 2.0, width: wide };
        x += wide + GAP;
        width = width.max(x);
    }
    Layout { spots, lines, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refers_stands_right_of_what_it_refers_to_also_with_a_circle() {
        let edges = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 1)];
        let layout = place(&[100.0; 5], 40.0, &edges);
        let x: Vec<f64> = layout.spots.iter().map(|spot| spot.x).collect();
        assert!(x[0] < x[1] && x[1] < x[2] && x[2] < x[3], "{x:?}");
        assert_eq!(layout.lines.len(), edges.len());
        // The line from the first to the third passes the second's layer.
        assert_eq!(layout.lines[2].len(), 4, "{:?}", layout.lines);
    }

    #[test]
    fn no_two_boxes_overlap_and_all_are_within() {
        let edges: Vec<(usize, usize)> =
            (0..40).flat_map(|at| [(at % 7, at + 7), (at, at + 5 + at % 11)]).collect();
        let layout = place(&[120.0; 80], 40.0, &edges);
        for (at, a) in layout.spots.iter().enumerate() {
            assert!(a.x >= 0.0 && a.x + a.width <= layout.width, "{a:?}");
            assert!(a.y >= 20.0 && a.y + 20.0 <= layout.height, "{a:?} {}", layout.height);
            for b in &layout.spots[at + 1..] {
                let apart = a.x + a.width < b.x || b.x + b.width < a.x || (a.y - b.y).abs() >= 40.0;
                assert!(apart, "{a:?} {b:?}");
            }
        }
    }
}
