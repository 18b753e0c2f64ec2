"""Bumble's GATT server, made to refuse, to read and to write the profile's way."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, override

from bumble import att
from bumble.device import Device
from bumble.gatt import Characteristic
from bumble.gatt_server import Server

from .faults import Faults

NOTIFY = 1
INDICATE = 2

_ATT_VALUE_NOT_ALLOWED = 0x13
_Properties = Characteristic.Properties


class ProfileHandler(Protocol):
    """Handles access to the profile's attributes."""

    faults: Faults

    def is_control_point(self, handle: int) -> bool:
        """Say whether that is the handle of the control point's value."""

    def read(self, handle: int) -> bytes | None:
        """Return the value that a handle reads as, None if it is not the profile's."""

    def respond_after(self, delay: float, respond: Callable[[], None]) -> None:
        """Delay an ATT response by some seconds, unless the link is lost meanwhile."""

    def write_request(
        self, value: bytes, respond: Callable[[int | None], None]
    ) -> None:
        """Take a write to the control point; respond with an ATT error or None."""

    def complain(self, what: str, value: bytes) -> None:
        """Note a violation of the profile by the client."""

    def configured(self, characteristic: Characteristic[Any]) -> None:
        """Note that the client enabled or disabled notifications or indications."""

    def confirmed(self) -> None:
        """Note that the client confirmed an indication."""


class BackHugServer(Server):
    """Bumble's GATT server, its attributes read and written the profile's way."""

    def __init__(self, device: Device, handler: ProfileHandler, max_mtu: int) -> None:
        """Serve the attributes of the profile on a device."""
        super().__init__(device)
        self.max_mtu = max_mtu
        self._handler = handler
        self._long_values: dict[int, bytes] = {}

    def respond_error(
        self, bearer: att.Bearer, request: att.ATT_PDU, handle: int, code: int
    ) -> None:
        """Answer a request with an ATT error."""
        self.send_response(
            bearer,
            att.ATT_Error_Response(
                request_opcode_in_error=request.op_code,
                attribute_handle_in_error=handle,
                error_code=code,
            ),
        )

    def _lacks(self, handle: int, permission: int) -> bool:
        """Say whether there is such an attribute, without that permission."""
        attribute = self.get_attribute(handle)
        return attribute is not None and not attribute.permissions & permission

    @override
    def on_att_exchange_mtu_request(
        self, bearer: att.Bearer, request: att.ATT_Exchange_MTU_Request
    ) -> None:
        if self._handler.faults.refuse_mtu:
            self.respond_error(bearer, request, 0, att.ATT_REQUEST_NOT_SUPPORTED_ERROR)
        else:
            super().on_att_exchange_mtu_request(bearer, request)

    @override
    def on_att_read_request(
        self, bearer: att.Bearer, request: att.ATT_Read_Request
    ) -> None:
        handle = request.attribute_handle
        if self._lacks(handle, Characteristic.READABLE):
            self.respond_error(
                bearer, request, handle, att.ATT_READ_NOT_PERMITTED_ERROR
            )
            return
        value = self._handler.read(handle)
        if value is None:
            super().on_att_read_request(bearer, request)
            return
        # A long read continues from the value of its first read.
        self._long_values[handle] = value
        part = value[: bearer.att_mtu - 1]
        response = att.ATT_Read_Response(attribute_value=part)
        self._handler.respond_after(
            self._handler.faults.read_delay,
            partial(self.send_response, bearer, response),
        )

    @override
    def on_att_read_blob_request(
        self, bearer: att.Bearer, request: att.ATT_Read_Blob_Request
    ) -> None:
        handle = request.attribute_handle
        value = self._long_values.get(handle)
        if value is None:
            super().on_att_read_blob_request(bearer, request)
        elif request.value_offset > len(value):
            self.respond_error(bearer, request, handle, att.ATT_INVALID_OFFSET_ERROR)
        else:
            start = request.value_offset
            part = value[start : start + bearer.att_mtu - 1]
            response = att.ATT_Read_Blob_Response(part_attribute_value=part)
            self.send_response(bearer, response)

    @override
    def on_att_write_request(
        self, bearer: att.Bearer, request: att.ATT_Write_Request
    ) -> None:
        handle = request.attribute_handle
        if self._lacks(handle, Characteristic.WRITEABLE):
            self.respond_error(
                bearer, request, handle, att.ATT_WRITE_NOT_PERMITTED_ERROR
            )
            return
        if not self._handler.is_control_point(handle):
            super().on_att_write_request(bearer, request)
            return

        def respond(error: int | None) -> None:
            if error is None:
                self.send_response(bearer, att.ATT_Write_Response())
            else:
                self.respond_error(bearer, request, handle, error)

        self._handler.write_request(bytes(request.attribute_value), respond)

    @override
    def on_att_write_command(
        self, bearer: att.Bearer, request: att.ATT_Write_Command
    ) -> None:
        self._handler.complain("a write without response", request.attribute_value)

    @override
    def on_att_prepare_write_request(
        self, bearer: att.Bearer, request: att.ATT_Prepare_Write_Request
    ) -> None:
        self._handler.complain("a long write", request.part_attribute_value)
        self.respond_error(
            bearer,
            request,
            request.attribute_handle,
            att.ATT_REQUEST_NOT_SUPPORTED_ERROR,
        )

    @override
    def write_cccd(
        self, bearer: att.Bearer, characteristic: Characteristic[Any], value: bytes
    ) -> None:
        notifies = bool(characteristic.properties & _Properties.NOTIFY)
        allowed = NOTIFY if notifies else INDICATE
        if value not in (bytes(2), bytes((allowed, 0))):
            self._handler.complain("a wrong client configuration", value)
            raise att.ATT_Error(error_code=_ATT_VALUE_NOT_ALLOWED)
        super().write_cccd(bearer, characteristic, value)
        self._handler.configured(characteristic)

    @override
    def on_att_handle_value_confirmation(
        self, bearer: att.Bearer, confirmation: att.ATT_Handle_Value_Confirmation
    ) -> None:
        self._handler.confirmed()

    @override
    def on_disconnection(self, bearer: att.Bearer) -> None:
        self._long_values.clear()
        super().on_disconnection(bearer)
