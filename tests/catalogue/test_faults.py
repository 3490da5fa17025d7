"""The table of faults agrees with the standards and with itself."""

from enum import Enum
from typing import get_args

import pytest
from ocpp.v16.enums import ChargePointErrorCode
from ocpp.v201 import enums
from ocpp.v201.enums import ReasonEnumType

from voltyard.catalogue.faults import FAULTS, FaultType, StopReason, fault_named

EVERY = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


def test_every_error_code_of_1_6_is_a_fault_by_its_own_name() -> None:
    codes = {code.value for code in ChargePointErrorCode} - {"NoError"}

    assert {fault.error_code for fault in FAULTS.values()} == codes
    assert codes <= FAULTS.keys()
    assert all(FAULTS[code].error_code == code for code in codes)


def test_stop_reasons_are_those_of_2_0_1() -> None:
    assert set(get_args(StopReason)) <= {reason.value for reason in ReasonEnumType}


@EVERY
def test_its_component_and_variable_are_standardised(fault: FaultType) -> None:
    variables: type[Enum] = getattr(enums, f"{fault.component}VariableName", None) or getattr(
        enums, f"{fault.component}CtrlrVariableName"
    )

    assert fault.variable in {variable.value for variable in variables}


@EVERY
def test_it_is_found_by_all_of_its_names(fault: FaultType) -> None:
    for name in (fault.name, fault.name.upper(), *fault.other_names):
        assert fault_named(name) is fault
        assert fault_named(f" {name.replace(' ', '_')}-") is fault


@EVERY
def test_what_it_says_fits_its_messages(fault: FaultType) -> None:
    assert len(fault.name) <= 50
    assert fault.stop_reason == "Other" or fault.effect == "stops"


def test_no_name_means_two_faults() -> None:
    names = [name for fault in FAULTS.values() for name in (fault.name, *fault.other_names)]
    letters = ["".join(filter(str.isalnum, name.lower())) for name in names]

    assert len(letters) == len(set(letters))


def test_a_component_and_variable_of_2_x_name_a_fault() -> None:
    assert fault_named("TokenReader.Problem") is FAULTS["ReaderFailure"]
    assert fault_named("Controller.Problem") is FAULTS["InternalError"]
    assert fault_named("flux capacitor") is None
    assert fault_named("") is None
