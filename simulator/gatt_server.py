"""Bumble's GATT server, made to refuse, to read and to write the profile's way."""

from functools import partial
from typing import TYPE_CHECKING, Any, override

from bumble import att
from bumble.device import Device
from bumble.gatt import Characteristic
from bumble.gatt_server import Server

if TYPE_CHECKING:
    from .peripheral import Peripheral

NOTIFY = 1
INDICATE = 2

_ATT_VALUE_NOT_ALLOWED = 0x13
_Properties = Characteristic.Properties


class BackHugServer(Server):
    """Bumble's GATT server, its attributes read and written the profile's way."""

    def __init__(self, device: Device, peripheral: Peripheral) -> None:
        """Serve the attributes of a peripheral on its device."""
        super().__init__(device)
        self.max_mtu = peripheral.back.build.mtu
        self._peripheral = peripheral
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
        if self._peripheral.faults.refuse_mtu:
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
        value = self._peripheral.read(handle)
        if value is None:
            super().on_att_read_request(bearer, request)
            return
        # What a long read goes on with is what its first octet was read from.
        self._long_values[handle] = value
        part = value[: bearer.att_mtu - 1]
        response = att.ATT_Read_Response(attribute_value=part)
        self._peripheral.respond_after(
            self._peripheral.faults.read_delay,
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
        if not self._peripheral.is_control_point(handle):
            super().on_att_write_request(bearer, request)
            return

        def respond(error: int | None) -> None:
            if error is None:
                self.send_response(bearer, att.ATT_Write_Response())
            else:
                self.respond_error(bearer, request, handle, error)

        self._peripheral.write_request(bytes(request.attribute_value), respond)

    @override
    def on_att_write_command(
        self, bearer: att.Bearer, request: att.ATT_Write_Command
    ) -> None:
        self._peripheral.complain("a write without response", request.attribute_value)

    @override
    def on_att_prepare_write_request(
        self, bearer: att.Bearer, request: att.ATT_Prepare_Write_Request
    ) -> None:
        self._peripheral.complain("a long write", request.part_attribute_value)
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
            self._peripheral.complain("a wrong client configuration", value)
            raise att.ATT_Error(error_code=_ATT_VALUE_NOT_ALLOWED)
        super().write_cccd(bearer, characteristic, value)
        self._peripheral.configured(characteristic)

    @override
    def on_att_handle_value_confirmation(
        self, bearer: att.Bearer, confirmation: att.ATT_Handle_Value_Confirmation
    ) -> None:
        self._peripheral.confirmed()

    @override
    def on_disconnection(self, bearer: att.Bearer) -> None:
        self._long_values.clear()
        super().on_disconnection(bearer)
