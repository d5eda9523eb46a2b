//! The pages. Each loads its data by one server function and lays it out; what may be done is in the
//! data, not decided here.

pub mod home;
pub mod lab;
pub mod labs;
pub mod my_machines;
pub mod new_lab;
pub mod problem;
pub mod register;
pub mod sign_in;
pub mod terminal;
pub mod welcome;
