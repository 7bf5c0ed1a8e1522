//! Shared data and queues, kept by VM id (`host-spec`, section 7).

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::abi::Status;

/// Key-value store of all VMs.
#[derive(Debug, Default)]
pub struct SharedData {
    values: BTreeMap<(Bytes, Bytes), (Bytes, u32)>,
    last_cas: u32,
}

impl SharedData {
    /// A value with its compare-and-swap number.
    pub fn get(&self, vm_id: &Bytes, key: &Bytes) -> Option<&(Bytes, u32)> {
        self.values.get(&(vm_id.clone(), key.clone()))
    }

    /// Stores a value; a `cas` other than 0 must equal that of an existing value. Gives the value before.
    pub fn set(
        &mut self,
        vm_id: &Bytes,
        key: Bytes,
        value: Bytes,
        cas: u32,
    ) -> Result<Option<Bytes>, Status> {
        let place = (vm_id.clone(), key);
        if let Some((_, found)) = self.values.get(&place)
            && cas != 0
            && cas != *found
        {
            return Err(Status::CasMismatch);
        }
        // One counter for all keys; 0 means "any" and is skipped.
        self.last_cas = self.last_cas.checked_add(1).unwrap_or(1);
        Ok(self.values.insert(place, (value, self.last_cas)).map(|(before, _)| before))
    }
}

/// One queue.
#[derive(Debug)]
struct Queue {
    vm_id: Bytes,
    name: Bytes,
    items: VecDeque<Bytes>,
    /// VM and root context that are told of new items.
    listener: (usize, u32),
}

/// Queues of all VMs; a token is the place plus one.
#[derive(Debug, Default)]
pub struct Queues {
    queues: Vec<Queue>,
}

impl Queues {
    /// Creates a queue or takes an existing one over; its items stay.
    pub fn register(&mut self, vm_id: &Bytes, name: Bytes, listener: (usize, u32)) -> u32 {
        if let Some(token) = self.resolve(vm_id, &name) {
            if let Some(queue) = self.at(token) {
                queue.listener = listener;
            }
            return token;
        }
        self.queues.push(Queue { vm_id: vm_id.clone(), name, items: VecDeque::new(), listener });
        u32::try_from(self.queues.len()).unwrap_or(u32::MAX)
    }

    pub fn resolve(&self, vm_id: &Bytes, name: &Bytes) -> Option<u32> {
        let place = self.queues.iter().position(|queue| queue.vm_id == *vm_id && queue.name == *name)?;
        u32::try_from(place + 1).ok()
    }

    /// Appends an item and tells who listens.
    pub fn enqueue(&mut self, token: u32, item: Bytes) -> Result<(usize, u32), Status> {
        let queue = self.at(token).ok_or(Status::NotFound)?;
        queue.items.push_back(item);
        Ok(queue.listener)
    }

    pub fn dequeue(&mut self, token: u32) -> Result<Bytes, Status> {
        self.at(token).ok_or(Status::NotFound)?.items.pop_front().ok_or(Status::Empty)
    }

    /// Name of a queue.
    pub fn name(&self, token: u32) -> Bytes {
        let place = (token as usize).wrapping_sub(1);
        self.queues.get(place).map(|queue| queue.name.clone()).unwrap_or_default()
    }

    fn at(&mut self, token: u32) -> Option<&mut Queue> {
        self.queues.get_mut((token as usize).checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM: Bytes = Bytes::from_static(b"vm");
    const OTHER: Bytes = Bytes::from_static(b"other");

    fn b(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn a_stale_cas_is_refused_and_zero_always_wins() {
        let mut data = SharedData::default();
        assert_eq!(data.set(&VM, b("k"), b("1"), 77), Ok(None), "any cas creates a key");
        let cas = data.get(&VM, &b("k")).expect("is there").1;
        assert_eq!(data.set(&VM, b("k"), b("2"), cas + 9), Err(Status::CasMismatch));
        assert_eq!(data.set(&VM, b("k"), b("2"), cas), Ok(Some(b("1"))));
        assert_eq!(data.set(&VM, b("k"), b("3"), 0), Ok(Some(b("2"))));
        assert!(data.get(&OTHER, &b("k")).is_none(), "another VM id is another store");
    }

    #[test]
    fn a_queue_registered_twice_keeps_its_token_and_items() {
        let mut queues = Queues::default();
        let token = queues.register(&VM, b("q"), (0, 1));
        assert_eq!(queues.enqueue(token, b("a")), Ok((0, 1)));
        assert_eq!(queues.register(&VM, b("q"), (0, 2)), token);
        assert_eq!(queues.enqueue(token, b("b")), Ok((0, 2)), "the last one to register listens");
        assert_eq!(queues.dequeue(token), Ok(b("a")));
        assert_eq!(queues.dequeue(token), Ok(b("b")));
        assert_eq!(queues.dequeue(token), Err(Status::Empty));
        assert_eq!(queues.dequeue(token + 1), Err(Status::NotFound));
        assert_eq!(queues.dequeue(0), Err(Status::NotFound));
    }
}
