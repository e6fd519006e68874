// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {EvidenceAnchor} from "../src/EvidenceAnchor.sol";
import {AnchorTest} from "./AnchorTest.sol";

contract RolesTest is AnchorTest {
    /// @dev ERC-165 id under which OpenAttestation's verifier expects a batchable document store.
    bytes4 private constant BATCHABLE_DOCUMENT_STORE = 0xdcfd0745;

    function test_WhenDeployed_EachKeyHoldsItsOwnRoleAndNoOther() public view {
        address[3] memory keys = [ADMIN, ANCHORER, REGISTRAR];
        bytes32[3] memory roles = [notebook.DEFAULT_ADMIN_ROLE(), anchorRole, registrarRole];
        for (uint256 key = 0; key < keys.length; key++) {
            for (uint256 role = 0; role < roles.length; role++) {
                vm.assertEq(notebook.hasRole(roles[role], keys[key]), key == role, "role");
            }
        }
    }

    function test_WhenDeployed_TheDeployerHoldsNoRole() public view {
        vm.assertFalse(notebook.hasRole(notebook.DEFAULT_ADMIN_ROLE(), address(this)));
        vm.assertFalse(notebook.hasRole(anchorRole, address(this)));
        vm.assertFalse(notebook.hasRole(registrarRole, address(this)));
    }

    function test_WhenDeployed_AdminAndDelayAreThoseGiven() public view {
        vm.assertEq(notebook.defaultAdmin(), ADMIN);
        vm.assertEq(notebook.defaultAdminDelay(), DELAY);
    }

    function test_WhenDeployed_TheRoleNumbersAreTheHashesOfTheirNames() public view {
        vm.assertEq(anchorRole, keccak256("ANCHOR_ROLE"));
        vm.assertEq(registrarRole, keccak256("REGISTRAR_ROLE"));
    }

    function test_WhenDeployedWithoutAnAdmin_Reverts() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector,
                address(0)
            )
        );
        new EvidenceAnchor(DELAY, address(0), ANCHORER, REGISTRAR);
    }

    function test_WhenTheAdminTakesTheAnchorRoleAway_AnchoringStopsAndTheRecordStays() public {
        anchorAs(ANCHORER, ROOT, 7);
        vm.prank(ADMIN);
        notebook.revokeRole(anchorRole, ANCHORER);
        expectMissingRole(ANCHORER, anchorRole);
        anchorAs(ANCHORER, OTHER_ROOT, 7);
        assertAnchor(ROOT, NOW, 7, HEIGHT);
    }

    function test_WhenTheAdminTakesTheRegistrarRoleAway_RevocationsStay() public {
        revokeAs(REGISTRAR, LEAF, 3);
        vm.prank(ADMIN);
        notebook.revokeRole(registrarRole, REGISTRAR);
        expectMissingRole(REGISTRAR, registrarRole);
        revokeAs(REGISTRAR, ROOT, 3);
        assertRevocation(LEAF, NOW, 3);
    }

    function test_WhenTheAnchorKeyIsReplaced_OnlyTheNewOneAnchors() public {
        address successor = address(0xA1);
        vm.prank(ADMIN);
        notebook.revokeRole(anchorRole, ANCHORER);
        vm.prank(ADMIN);
        notebook.grantRole(anchorRole, successor);
        anchorAs(successor, ROOT, 7);
        expectMissingRole(ANCHORER, anchorRole);
        anchorAs(ANCHORER, OTHER_ROOT, 7);
    }

    function test_WhenTheAnchorKeyGrantsItsOwnRole_Reverts() public {
        expectMissingRole(ANCHORER, notebook.DEFAULT_ADMIN_ROLE());
        vm.prank(ANCHORER);
        notebook.grantRole(anchorRole, STRANGER);
    }

    function test_WhenASecondAdminIsGranted_Reverts() public {
        bytes32 adminRole = notebook.DEFAULT_ADMIN_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminRules.selector
            )
        );
        vm.prank(ADMIN);
        notebook.grantRole(adminRole, STRANGER);
    }

    function test_WhenTheNewAdminAcceptsBeforeTheDelayIsOver_Reverts() public {
        vm.prank(ADMIN);
        notebook.beginDefaultAdminTransfer(STRANGER);
        vm.warp(NOW + DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector,
                NOW + DELAY
            )
        );
        vm.prank(STRANGER);
        notebook.acceptDefaultAdminTransfer();
    }

    function test_WhenTheNewAdminAcceptsAfterTheDelay_TheOldOneHasNoPowerLeft() public {
        vm.prank(ADMIN);
        notebook.beginDefaultAdminTransfer(STRANGER);
        vm.warp(NOW + DELAY + 1);
        vm.prank(STRANGER);
        notebook.acceptDefaultAdminTransfer();
        vm.assertEq(notebook.defaultAdmin(), STRANGER);
        expectMissingRole(ADMIN, notebook.DEFAULT_ADMIN_ROLE());
        vm.prank(ADMIN);
        notebook.grantRole(anchorRole, ADMIN);
    }

    function test_WhenAskedForABatchableDocumentStore_SaysNo() public view {
        vm.assertFalse(notebook.supportsInterface(BATCHABLE_DOCUMENT_STORE));
        vm.assertTrue(notebook.supportsInterface(type(IAccessControlDefaultAdminRules).interfaceId));
    }

    function test_WhenMoneyIsSent_TheCallFails() public {
        vm.deal(address(this), 1 ether);
        (bool plain,) = address(notebook).call{value: 1}("");
        vm.assertFalse(plain, "plain transfer");
        vm.deal(ANCHORER, 1 ether);
        vm.prank(ANCHORER);
        (bool paid,) = address(notebook).call{value: 1}(abi.encodeCall(notebook.anchor, (ROOT, 7)));
        vm.assertFalse(paid, "anchor with value");
        vm.assertFalse(notebook.isIssued(ROOT));
    }

    function test_WhenTheCallIsUnknown_ItFails() public {
        vm.prank(ANCHORER);
        (bool bareRoot,) = address(notebook).call(abi.encode(ROOT));
        vm.assertFalse(bareRoot, "a bare root");
        vm.prank(ADMIN);
        (bool upgrade,) = address(notebook)
            .call(abi.encodeWithSignature("upgradeToAndCall(address,bytes)", ADMIN, ""));
        vm.assertFalse(upgrade, "an upgrade");
        vm.prank(ADMIN);
        (bool pause,) = address(notebook).call(abi.encodeWithSignature("pause()"));
        vm.assertFalse(pause, "a pause");
    }
}
