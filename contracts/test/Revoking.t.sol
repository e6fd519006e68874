// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IEvidenceAnchor} from "../src/IEvidenceAnchor.sol";
import {AnchorTest} from "./AnchorTest.sol";

contract RevokingTest is AnchorTest {
    function test_WhenALeafWasNeverRevoked_TimeAndReasonAreZero() public view {
        assertRevocation(LEAF, 0, 0);
        vm.assertFalse(notebook.isRevoked(LEAF));
    }

    function test_WhenALeafIsRevoked_ItsTimeAndReasonCanBeRead() public {
        revokeAs(REGISTRAR, LEAF, 3);
        assertRevocation(LEAF, NOW, 3);
        vm.assertTrue(notebook.isRevoked(LEAF));
    }

    function test_WhenTheReasonIsTheSmallestCode_TheLeafIsRevoked() public {
        revokeAs(REGISTRAR, LEAF, 1);
        vm.assertTrue(notebook.isRevoked(LEAF));
    }

    function test_WhenALeafIsRevoked_OthersStayInForce() public {
        revokeAs(REGISTRAR, LEAF, 3);
        vm.assertFalse(notebook.isRevoked(keccak256("another leaf")));
    }

    function test_WhenALeafIsRevoked_TheEventNamesLeafRegistrarAndReason() public {
        vm.expectEmit(address(notebook));
        emit IEvidenceAnchor.LeafRevoked(LEAF, REGISTRAR, 3);
        revokeAs(REGISTRAR, LEAF, 3);
    }

    function test_WhenALeafIsRevoked_NothingElseIsLogged() public {
        vm.recordLogs();
        revokeAs(REGISTRAR, LEAF, 3);
        vm.assertEq(vm.getRecordedLogs().length, 1);
    }

    function test_WhenALeafIsRevokedTwice_TheSecondRevertsAndTheFirstReasonStands() public {
        revokeAs(REGISTRAR, LEAF, 3);
        vm.warp(NOW + 60);
        vm.expectRevert(abi.encodeWithSelector(IEvidenceAnchor.AlreadyRevoked.selector, LEAF, NOW));
        revokeAs(REGISTRAR, LEAF, 4);
        assertRevocation(LEAF, NOW, 3);
    }

    function test_WhenTheBlockTimeIsZero_ALeafIsStillRevokedOnlyOnce() public {
        vm.warp(0);
        revokeAs(REGISTRAR, LEAF, 3);
        vm.expectRevert(
            abi.encodeWithSelector(IEvidenceAnchor.AlreadyRevoked.selector, LEAF, uint64(0))
        );
        revokeAs(REGISTRAR, LEAF, 3);
    }

    function test_WhenNoReasonIsGiven_Reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IEvidenceAnchor.MissingReason.selector));
        revokeAs(REGISTRAR, LEAF, 0);
    }

    function test_WhenTheAnchorKeyRevokes_Reverts() public {
        expectMissingRole(ANCHORER, registrarRole);
        revokeAs(ANCHORER, LEAF, 3);
    }

    function test_WhenTheAdminRevokes_Reverts() public {
        expectMissingRole(ADMIN, registrarRole);
        revokeAs(ADMIN, LEAF, 3);
    }

    function test_WhenALeafIsRevokedBeforeItsRootIsAnchored_BothFactsStand() public {
        revokeAs(REGISTRAR, LEAF, 3);
        anchorAs(ANCHORER, ROOT, 2);
        vm.assertTrue(notebook.isRevoked(LEAF));
        vm.assertTrue(notebook.isIssued(ROOT));
    }

    function test_WhenARootIsRevoked_ItWasIssuedStillAndItsAnchorIsUnchanged() public {
        anchorAs(ANCHORER, ROOT, 2);
        vm.warp(NOW + 60);
        revokeAs(REGISTRAR, ROOT, 9);
        vm.assertTrue(notebook.isIssued(ROOT));
        vm.assertTrue(notebook.isRevoked(ROOT));
        assertAnchor(ROOT, NOW, 2, HEIGHT);
    }

    function test_WhenALeafIsRevoked_ExactlyOneSlotIsWritten() public {
        vm.record();
        revokeAs(REGISTRAR, LEAF, type(uint8).max);
        assertOneSlotWritten();
    }

    function testFuzz_WhenAnyLeafIsRevoked_AnyTimeAndReasonAreReadBackUnchanged(
        bytes32 leaf,
        uint8 reason,
        uint64 time
    ) public {
        vm.assume(reason != 0);
        vm.warp(time);
        revokeAs(REGISTRAR, leaf, reason);
        assertRevocation(leaf, time, reason);
        vm.assertTrue(notebook.isRevoked(leaf));
    }

    function testFuzz_WhenTheSenderHasNoRegistrarRole_Reverts(
        address sender,
        bytes32 leaf,
        uint8 reason
    ) public {
        vm.assume(sender != REGISTRAR);
        expectMissingRole(sender, registrarRole);
        revokeAs(sender, leaf, reason);
    }
}
