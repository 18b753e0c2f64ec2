"""The consultation: guided in the user interface, and as an action."""

from typing import Any

from .harness import SESSION, Failure
from .programmes import NAME, Programmes

SAID: dict[str, Any] = {"feeling": "stiff", "left_upper": 2, "right_upper": 1}
LIKED: dict[str, Any] = {
    "firmness": "medium",
    "experience": "regular",
    "minutes": 30,
    "day_time": "evening",
}


class Consulting(Programmes):
    """A person who gets a programme from the consultation."""

    async def consultation(self) -> None:
        """Be refused, be advised, save it; then the same by the action."""
        await self.remove_own()
        async with self.step(
            "Consultation: who has a pacemaker is sent to a physician"
        ):
            _, form = await self._begin(["pacemaker"])
            if (form["type"], form.get("reason")) != ("abort", "ask_physician"):
                raise Failure(str(form))
        async with self.step("Consultation: questions, advice with reasons, saved"):
            path, _ = await self._begin(["none"])
            await self.client.post(path, json=SAID)
            advice = await self.client.post(path, json=LIKED)
            page = advice["description_placeholders"]["advice"]
            if "upper left, upper right" not in page:
                raise Failure(page)
            await self.client.post(path, json={"next_step_id": "save"})
            form = await self.client.post(path, json={"name": NAME})
            if form["type"] != "create_entry":
                raise Failure(str(form))
            await self.until(lambda: NAME in self._options())
        async with self.step("The action comes to the same programme, to the minute"):
            answer = await self.client.command(
                {
                    "type": "call_service",
                    "domain": "backhug",
                    "service": "consult",
                    "service_data": {"cautions": "none", **SAID, **LIKED},
                    "target": {"entity_id": SESSION},
                    "return_response": True,
                }
            )
            (device,) = answer["response"]["devices"]
            advised = [
                (each["area"], each["strength"], each["flow"], each["minutes"])
                for each in device["programme"]["steps"]
            ]
            if not all(
                f"strength {step[1]}, {step[3]} min" in page for step in advised
            ):
                raise Failure(f"{advised}, but: {page}")
        await self.remove_own()

    async def _begin(self, cautions: list[str]) -> tuple[str, Any]:
        """Start the guided consultation; return its next step and form."""
        path = "/api/config/config_entries/subentries/flow"
        menu = await self.client.post(
            path, json={"handler": [await self.entry_id(), "programme"]}
        )
        path += f"/{menu['flow_id']}"
        await self.client.post(path, json={"next_step_id": "safety"})
        return path, await self.client.post(path, json={"cautions": cautions})
