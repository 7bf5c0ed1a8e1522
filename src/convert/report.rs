//! The report that is read in a browser. What it says and how it looks is in [`crate::view::report`].

use super::{Error, Export, Exported, Files, bundle};
use crate::host::ModuleFacts;
use crate::run::ModuleSource;
use crate::view::report::{Report, html};

/// Writes a report, of a run that is made now where there is none.
pub(super) fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let (mut scenario, mut modules) = (export.scenario.clone(), export.modules.to_vec());
    ModuleSource::leave_out_what_is_off(&mut scenario, &mut modules);
    let made = match export.trace {
        Some(_) => None,
        None => Some(bundle::run_of(&scenario, &modules)?),
    };
    let facts: Vec<ModuleFacts> = modules.iter().map_while(ModuleSource::facts).collect();
    let html = export.trace.or(made.as_ref()).map(|trace| {
        let report = Report { trace, scenario: &scenario, modules: &facts, masks: !export.with_secrets };
        html(export.language, &report)
    });
    Ok(Exported { files: Files::One(html.unwrap_or_default().into()), left_out: Vec::new() })
}
